// Estimates frame durations from the arrivals, for a library that takes durations instead of timestamps. Pure; the time
// is an argument. The durations add up to the elapsed time, so the timeline does not drift.

/** Until this many frames have come, DEFAULT_MS is used. */
const WARM_UP = 8;
/** Number of frames that the estimate uses. */
const WINDOW = 120;
const DEFAULT_MS = 33;
/** A longer gap is a pause of the source; the estimate starts again. */
const PAUSE_MS = 1000;

export class Pace {
  private arrivals: number[] = [];
  /** Rounding error carried to the next frame. */
  private remainder = 0;

  /** A frame arrived at `nowMs`. Returns its duration in whole milliseconds. */
  next(nowMs: number): number {
    const before = this.arrivals[this.arrivals.length - 1];
    if (before !== undefined && nowMs - before > PAUSE_MS) this.arrivals = [];
    this.arrivals.push(nowMs);
    if (this.arrivals.length > WINDOW) this.arrivals.shift();
    const count = this.arrivals.length - 1;
    const exact = count < WARM_UP ? DEFAULT_MS : (nowMs - (this.arrivals[0] ?? nowMs)) / count;
    const duration = Math.max(1, Math.round(exact + this.remainder));
    this.remainder = Math.max(-DEFAULT_MS, Math.min(DEFAULT_MS, this.remainder + exact - duration));
    return duration;
  }

  restart(): void {
    this.arrivals = [];
    this.remainder = 0;
  }
}
