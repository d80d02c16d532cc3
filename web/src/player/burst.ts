// The joining burst of the MSE player: collected until it pauses, then appended at once, so that the browser decodes
// it in one go and shows only the newest picture.

/** The burst is over when nothing came for this long… */
const PAUSE_MS = 10;
/** …or when it has lasted this long: a slow network shall not keep the screen empty. */
const LIMIT_MS = 250;

export class Burst {
  private fragments: ArrayBuffer[] | null = null;
  private sinceMs = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `over` takes the fragments in their order. */
  constructor(private readonly over: (fragments: ArrayBuffer[]) => void) {}

  get collecting(): boolean {
    return this.fragments !== null;
  }

  /** A connection begins. */
  begin(nowMs: number): void {
    this.cancel();
    this.fragments = [];
    this.sinceMs = nowMs;
  }

  /** Takes a fragment while the burst lasts. */
  add(fragment: ArrayBuffer, nowMs: number): void {
    if (this.fragments?.length === 0) this.sinceMs = nowMs;
    this.fragments?.push(fragment);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.finish(), nowMs - this.sinceMs > LIMIT_MS ? 0 : PAUSE_MS);
  }

  /** Ends the burst now. */
  finish(): void {
    const fragments = this.fragments;
    this.cancel();
    if (fragments) this.over(fragments);
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.fragments = null;
  }
}
