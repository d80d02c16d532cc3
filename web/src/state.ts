// The state that the page shows, derived from the facts. Pure; the time is an argument.
//
//   connecting ─► starting ─► live ◄─► stalled          offline, ended: the camera's
//        ▲            (waiting)  │                      gone, full, refused, password, denied, missing: the server's
//        └───────────────────────┴─► paused, hidden     tap, unplayable: the browser's
//
// There are no transitions: each state follows from the facts alone.

import type { LinkEnd } from './wire/retry';
import type { CameraStateName } from './wire/message';

export type StateName =
  | 'connecting'
  | 'starting'
  | 'waiting'
  | 'live'
  | 'stalled'
  | 'paused'
  | 'hidden'
  | 'tap'
  | 'offline'
  | 'ended'
  | 'gone'
  | 'full'
  | 'refused'
  | 'password'
  | 'denied'
  | 'missing'
  | 'unplayable';

export interface State {
  name: StateName;
  /** A sentence of the server or the player, or ''. */
  detail: string;
  /** Seconds since the last picture (stalled) or until the next try (offline); else null. */
  seconds: number | null;
}

/** Everything that determines the state. Times are on `performance.now()`'s scale, in milliseconds. */
export interface Facts {
  link: 'connecting' | 'open' | Exclude<LinkEnd, 'blocked'>;
  linkReason: string;
  camera: { state: CameraStateName; message: string; retryAtMs: number | null } | null;
  /** The last new picture on the screen; null before the first. */
  pictureAtMs: number | null;
  /** Since when pictures are expected: connection open, camera live, not paused. */
  expectingSinceMs: number;
  /** The usual interval between pictures. */
  pictureEveryMs: number;
  paused: boolean;
  hidden: boolean;
  tapNeeded: boolean;
  /** A sentence about how the player plays, or ''. */
  remark: string;
  /** Why no player can play, or null. */
  unplayable: string | null;
}

/** A picture is frozen after three usual intervals, but not before this time. */
const STALLED_MS = 600;
/** After this time every picture is frozen, however slow the camera. */
const STALLED_LIMIT_MS = 10_000;
/** Number of intervals for the median. */
const INTERVALS = 9;
/** How long the first picture may take. */
const FIRST_PICTURE_MS = 3000;

export function deriveState(facts: Facts, nowMs: number): State {
  const { link, camera } = facts;
  // Who is not let in learns that, also when the players' own requests have failed before.
  if (link === 'password' || link === 'denied' || link === 'missing') return is(link, facts.linkReason);
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
  return ageMs < limitMs
    ? is('live', facts.remark)
    : is('stalled', '', Math.max(1, Math.floor(ageMs / 1000)));
}

/** Whether there is a picture to pause or to save. */
export function isPlayable(name: StateName): boolean {
  return name === 'live' || name === 'stalled' || name === 'paused' || name === 'hidden';
}

/** Whether the server has answered and lets this page in. */
export function isAnswering(name: StateName): boolean {
  return !['connecting', 'gone', 'password', 'denied', 'missing'].includes(name);
}

function is(name: StateName, detail = '', seconds: number | null = null): State {
  return { name, detail, seconds };
}

function until(atMs: number | null, nowMs: number): number | null {
  return atMs === null ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}

/** The usual interval between pictures: the median of the last few, so that one long interval changes nothing. */
export class MedianInterval {
  private intervals: number[] = [];

  /** Adds an interval and returns the median, both in milliseconds. */
  add(intervalMs: number): number {
    this.intervals.push(intervalMs);
    if (this.intervals.length > INTERVALS) this.intervals.shift();
    const sorted = [...this.intervals].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? intervalMs;
  }
}
