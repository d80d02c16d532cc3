// The offset of the server's clock from ours, measured by round trips (docs/player-wire.md, "Clock").
//
//   here    T0 ----.                .----> T3
//   server          `--> t1 -- t2 --'
//
// offset = ((t1 − T0) + (t2 − T3)) / 2. Its error is at most half of the time on the network. The answer with the
// smallest error is kept. Clocks drift apart, so its error grows with age until a newer answer has a smaller one.

/** Two clocks drift apart by at most 50 µs each second. */
const DRIFT = 50e-6;
/** The resolution of a browser's clock. */
const RESOLUTION_US = 100;

export interface ClockOffset {
  /** Server's clock minus ours. */
  offsetUs: number;
  /** The true offset differs from `offsetUs` by at most this. */
  errorUs: number;
}

/** Our clock: microseconds of Unix time, monotonic while the page is loaded. */
export function clientNowUs(): number {
  return (performance.timeOrigin + performance.now()) * 1000;
}

/** Keeps the best known offset of the server's clock. */
export class ClockSync {
  private best: (ClockOffset & { atUs: number }) | null = null;

  /** Adds an answer: `t0` and `t3` on our clock, `t1` and `t2` on the server's. Impossible answers are ignored. */
  addAnswer(t0: number, t1: number, t2: number, t3: number): void {
    const networkUs = t3 - t0 - (t2 - t1);
    if (t3 < t0 || t2 < t1 || networkUs < -RESOLUTION_US) return;
    const errorUs = Math.max(networkUs / 2, 0) + RESOLUTION_US;
    const current = this.offsetAt(t3);
    if (current && current.errorUs < errorUs) return;
    this.best = { offsetUs: (t1 - t0 + (t2 - t3)) / 2, errorUs, atUs: t3 };
  }

  /** The offset, with its error at `nowUs`; null before the first answer. */
  offsetAt(nowUs: number): ClockOffset | null {
    if (!this.best) return null;
    const ageUs = Math.max(nowUs - this.best.atUs, 0);
    return { offsetUs: this.best.offsetUs, errorUs: this.best.errorUs + ageUs * DRIFT };
  }

  /** The server's time now; null before the first answer. */
  serverNowUs(nowUs: number): number | null {
    return this.best ? nowUs + this.best.offsetUs : null;
  }

  /** Drops the offset: another server has another clock. */
  reset(): void {
    this.best = null;
  }
}
