// How long each frame is to be shown, from how they come: for a library that wants a length and knows no time stamps.
// Pure; the time is an argument. The lengths add up to the time that has passed, so the timeline does not drift.

/** Frames until the pace is known. */
const WARM_UP = 8;
/** Frames that are looked at. */
const WINDOW = 120;
const GUESS_MS = 33;
/** A gap this long is a pause of the source and says nothing about its pace. */
const PAUSE_MS = 1000;

export class Pace {
  private arrivals: number[] = [];
  private owed = 0;

  /** A frame came; whole milliseconds to show it. */
  next(nowMs: number): number {
    const before = this.arrivals[this.arrivals.length - 1];
    if (before !== undefined && nowMs - before > PAUSE_MS) this.arrivals = [];
    this.arrivals.push(nowMs);
    if (this.arrivals.length > WINDOW) this.arrivals.shift();
    const count = this.arrivals.length - 1;
    const exact = count < WARM_UP ? GUESS_MS : (nowMs - (this.arrivals[0] ?? nowMs)) / count;
    const length = Math.max(1, Math.round(exact + this.owed));
    this.owed = Math.max(-GUESS_MS, Math.min(GUESS_MS, this.owed + exact - length));
    return length;
  }

  restart(): void {
    this.arrivals = [];
    this.owed = 0;
  }
}
