// Whether frames come so late that a fresh connection is worth a try: pure, so that a table can test it.
//
// On a link that loses packets TCP sends slower and slower, and needs seconds to recover; a fresh connection begins at
// full speed. Two connections at once are no help on a link that is full: there the answer to a new one waits in the
// same queue, which is how it is known (`answerLimitMs`), and no further one is tried for a while.
//
//   late for 0.3 s ─► race ─ ahead ─► the fresh one stays
//                       ├─ behind ──► another race at once
//                       └─ full ────► twice: rest for 1 s, 2 s … 10 s

/** A frame that is this much older than the newest at the server is late. */
const LATE_MS = 500;
/** Only if it goes on for this long. */
const LATE_FOR_MS = 300;
/** A connection this young may still be getting what newcomers get. */
const SETTLED_MS = 1000;
/** After the second of two answers in a row that waited; one may have been lost. */
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 10_000;

/** How a race of a fresh connection against the present one ended. */
export type RaceEnd = 'ahead' | 'behind' | 'full';

export class Lateness {
  private sinceMs: number | null = null;
  private restsUntilMs = 0;
  private restMs = 0;

  /** A frame came at `nowMs`, this long after it was ready; null if that is not known. */
  frame(latencyMs: number | null, nowMs: number): void {
    if (latencyMs === null || latencyMs <= LATE_MS) this.sinceMs = null;
    else this.sinceMs ??= nowMs;
  }

  get late(): boolean {
    return this.sinceMs !== null;
  }

  /** Whether to race. The newest connection that has not itself won a race opened at `openedMs`. */
  wantsRace(nowMs: number, openedMs: number): boolean {
    if (this.sinceMs === null || nowMs < this.restsUntilMs) return false;
    return nowMs - this.sinceMs >= LATE_FOR_MS && nowMs - openedMs >= SETTLED_MS;
  }

  raced(end: RaceEnd, nowMs: number): void {
    if (end !== 'full') {
      this.restMs = 0;
      return;
    }
    this.restsUntilMs = nowMs + this.restMs;
    this.restMs = Math.min(Math.max(2 * this.restMs, FIRST_REST_MS), LONGEST_REST_MS);
  }

  /** No frames are expected now. */
  reset(): void {
    this.sinceMs = null;
  }
}

/** How long a fresh connection may take to open if the quickest ever took `quickestMs`; longer means a queue. */
export function answerLimitMs(quickestMs: number): number {
  return 2 * quickestMs + 50;
}

/** How long an open one has until it has to be ahead. */
export function overtakeLimitMs(quickestMs: number): number {
  return quickestMs + 300;
}
