// What the person is told: one state, derived from what is known. Pure; the time is an argument.
//
//   connecting ─► starting ─► live ◄─► stalled          offline, ended: the camera's
//        ▲            (waiting)  │                      gone, full, refused: the server's
//        └───────────────────────┴─► paused, hidden     tap, unplayable: the browser's
//
// There are no transitions to get wrong: each state follows from the facts alone.

import type { LinkEnd } from './wire/retry';
import type { CameraStateName } from './wire/message';

export type StateName =
  | 'connecting' | 'starting' | 'waiting' | 'live' | 'stalled' | 'paused' | 'hidden' | 'tap'
  | 'offline' | 'ended' | 'gone' | 'full' | 'refused' | 'unplayable';

export interface State {
  name: StateName;
  /** The server's or the player's own words, or ''. */
  detail: string;
  /** Seconds since the last picture (stalled) or until the next try (offline); else null. */
  seconds: number | null;
}

/** Everything the state follows from. Moments are on `performance.now()`'s scale, in milliseconds. */
export interface Facts {
  link: 'connecting' | 'open' | LinkEnd;
  linkReason: string;
  camera: { state: CameraStateName; message: string; retryAtMs: number | null } | null;
  /** The last new picture on the screen; null before the first. */
  pictureAtMs: number | null;
  /** When pictures could first be expected: connection open, camera live, not paused. */
  expectingSinceMs: number;
  /** The usual time between pictures. */
  pictureEveryMs: number;
  paused: boolean;
  hidden: boolean;
  tapNeeded: boolean;
  /** Why no player can play, or null. */
  unplayable: string | null;
}

/** A picture this late is called frozen: three times the usual, at least this. */
const STALLED_MS = 600;
/** No camera is so slow that a frozen picture may go unmarked for longer. */
const STALLED_LIMIT_MS = 10_000;
/** How many gaps between pictures are remembered. */
const INTERVALS = 9;
/** How long a first picture may take before it is called late. */
const FIRST_PICTURE_MS = 3000;

export function deriveState(facts: Facts, nowMs: number): State {
  const { link, camera } = facts;
  if (facts.unplayable !== null) return is('unplayable', facts.unplayable);
  if (link !== 'open') return is(link, facts.linkReason);
  if (facts.paused) return is('paused');
  if (facts.hidden) return is('hidden');
  if (!camera) return is('connecting');
  if (camera.state === 'offline') return is('offline', camera.message, until(camera.retryAtMs, nowMs));
  if (camera.state === 'ended') return is('ended', camera.message);
  if (camera.state === 'starting') return is('starting', camera.message);
  if (facts.tapNeeded) return is('tap');
  const fresh = facts.pictureAtMs !== null && facts.pictureAtMs >= facts.expectingSinceMs;
  if (!fresh) {
    if (camera.state === 'waiting') return is('waiting', camera.message);
    const lateMs = nowMs - facts.expectingSinceMs;
    if (lateMs < FIRST_PICTURE_MS) return is('starting');
    return is('stalled', '', Math.floor(lateMs / 1000));
  }
  const ageMs = nowMs - (facts.pictureAtMs ?? nowMs);
  const limitMs = Math.min(Math.max(STALLED_MS, 3 * facts.pictureEveryMs), STALLED_LIMIT_MS);
  return ageMs < limitMs ? is('live') : is('stalled', '', Math.max(1, Math.floor(ageMs / 1000)));
}

/** There is a picture to stop or to keep. */
export function isPlayable(name: StateName): boolean {
  return name === 'live' || name === 'stalled' || name === 'paused' || name === 'hidden';
}

/** The server has answered. */
export function isAnswering(name: StateName): boolean {
  return name !== 'connecting' && name !== 'gone';
}

function is(name: StateName, detail = '', seconds: number | null = null): State {
  return { name, detail, seconds };
}

function until(atMs: number | null, nowMs: number): number | null {
  return atMs === null ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}

/** The usual time between pictures: the middle of the last few gaps, so that one long gap changes nothing. */
export class UsualInterval {
  private gaps: number[] = [];

  /** Takes one more gap and gives the usual one, both in milliseconds. */
  learn(gapMs: number): number {
    this.gaps.push(gapMs);
    if (this.gaps.length > INTERVALS) this.gaps.shift();
    const sorted = [...this.gaps].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? gapMs;
  }
}
