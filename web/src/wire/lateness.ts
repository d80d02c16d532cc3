// Decides whether frames come so late that a new connection is worth a try. Pure, so that a table can test it.
//
// On a link that loses packets, TCP slows down and needs seconds to recover; a new connection starts at full speed. On
// a saturated link a second connection does not help: its handshake waits in the same queue. That is how such a link is
// recognised (`openLimitMs`), and the next race waits for a back-off.
//
//   late for 0.3 s ─► race ─ ahead ──────► the new connection stays
//                       ├─ behind ───────► another race at once
//                       └─ link is full ─► twice in a row: back off for 1 s, 2 s … 10 s

/** A frame is late when it arrives this long after the server had it ready. */
const LATE_MS = 500;
/** Frames must be late for this long before a race. */
const LATE_FOR_MS = 300;
/** A younger connection may still be receiving its joining burst. */
const SETTLED_MS = 1000;
/** After the second full link in a row: a single slow handshake may be a lost packet. */
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 10_000;

/** How the race of a new connection against the present one ended. */
export type RaceEnd = 'ahead' | 'behind' | 'full';

export class Lateness {
  private lateSinceMs: number | null = null;
  private noRaceUntilMs = 0;
  private backoffMs = 0;

  /** A frame arrived at `nowMs`, `latencyMs` after it was ready; null if that is not known. */
  frame(latencyMs: number | null, nowMs: number): void {
    if (latencyMs === null || latencyMs <= LATE_MS) this.lateSinceMs = null;
    else this.lateSinceMs ??= nowMs;
  }

  get late(): boolean {
    return this.lateSinceMs !== null;
  }

  /** Whether to race. `openedMs` is when the newest connection opened that has not itself won a race. */
  shouldRace(nowMs: number, openedMs: number): boolean {
    if (this.lateSinceMs === null || nowMs < this.noRaceUntilMs) return false;
    return nowMs - this.lateSinceMs >= LATE_FOR_MS && nowMs - openedMs >= SETTLED_MS;
  }

  raceEnded(end: RaceEnd, nowMs: number): void {
    if (end !== 'full') {
      this.backoffMs = 0;
      return;
    }
    this.noRaceUntilMs = nowMs + this.backoffMs;
    this.backoffMs = Math.min(Math.max(2 * this.backoffMs, FIRST_BACKOFF_MS), LONGEST_BACKOFF_MS);
  }

  /** No frames are expected now. */
  reset(): void {
    this.lateSinceMs = null;
  }
}

/** How long a new connection may take to open if the fastest so far took `fastestOpenMs`; longer means a full link. */
export function openLimitMs(fastestOpenMs: number): number {
  return 2 * fastestOpenMs + 50;
}

/** How long an open connection has to overtake the present one. */
export function overtakeLimitMs(fastestOpenMs: number): number {
  return fastestOpenMs + 300;
}
