// Where the server's clock stands, seen from here (docs/player-wire.md, "Clock").
//
//   here    T0 ----.                .----> T3
//   server          `--> t1 -- t2 --'
//
// offset = ((t1 − T0) + (t2 − T3)) / 2, wrong by at most half of the time the messages were under way. The answer with
// the smallest error is kept; since two clocks drift apart, its error grows with age until a younger answer is better.

/** How far two clocks may drift apart: 50 µs each second. */
const DRIFT = 50e-6;
/** A browser's own clock is no finer than this. */
const RESOLUTION_US = 100;

export interface ClockOffset {
  /** Server's clock minus ours. */
  offsetUs: number;
  /** The offset is right to within plus or minus this. */
  errorUs: number;
}

/** Our clock: microseconds of Unix time, monotonic while the page lives. */
export function clientNowUs(): number {
  return (performance.timeOrigin + performance.now()) * 1000;
}

/** Keeps the best known offset of the server's clock. */
export class ClockSync {
  private best: (ClockOffset & { atUs: number }) | null = null;

  /** Takes an answer: `t0` and `t3` on our clock, `t1` and `t2` on the server's. Answers that cannot be are ignored. */
  answer(t0: number, t1: number, t2: number, t3: number): void {
    const underwayUs = t3 - t0 - (t2 - t1);
    if (t3 < t0 || t2 < t1 || underwayUs < -RESOLUTION_US) return;
    const errorUs = Math.max(underwayUs / 2, 0) + RESOLUTION_US;
    const current = this.at(t3);
    if (current && current.errorUs < errorUs) return;
    this.best = { offsetUs: (t1 - t0 + (t2 - t3)) / 2, errorUs, atUs: t3 };
  }

  /** The offset with the error it has by now; null before the first answer. */
  at(nowUs: number): ClockOffset | null {
    if (!this.best) return null;
    const ageUs = Math.max(nowUs - this.best.atUs, 0);
    return { offsetUs: this.best.offsetUs, errorUs: this.best.errorUs + ageUs * DRIFT };
  }

  /** The server's time now; null before the first answer. */
  serverNowUs(nowUs: number): number | null {
    return this.best ? nowUs + this.best.offsetUs : null;
  }

  /** Forgets everything: another server, another clock. */
  reset(): void {
    this.best = null;
  }
}
