// When the server received the picture that is shown, as far as fragments say it.
//
//   fragment ─ start, offset ─► decode time ─┐
//            └ arrival here ─────────────────┴─► the earlier of both
//
// Decode times have neither holes nor overlaps, so after a pause or a burst they run ahead of the frames: by some
// 20 ms on a busy machine, by up to 340 ms in a burst. No picture is received by the server later than it arrives here.

import type { ClockSync } from '../wire/clock';
import type { Fragment } from './fragment';

/** More frames than lie between the newest frame and the one on the screen. */
const LIMIT = 200;
/** Half a millisecond in seconds: media times of a browser are rounded. */
const ROUNDING = 0.0005;

export class FragmentTimes {
  /** PTS minus DTS of recent frames, by PTS in milliseconds; empty without B frames. */
  private readonly offsets = new Map<number, number>();
  /** Recent fragments, in the order of their arrival. */
  private readonly arrivals: { start: number; atMs: number }[] = [];

  constructor(private readonly clock: ClockSync) {}

  /** Media times have begun again: what was before belongs to another stream. */
  clear(): void {
    this.offsets.clear();
    this.arrivals.length = 0;
  }

  /** A fragment has arrived, at `atMs` on `performance.now()`'s scale. */
  arrived({ start, offset }: Pick<Fragment, 'start' | 'offset'>, atMs: number): void {
    this.arrivals.push({ start, atMs });
    if (this.arrivals.length > LIMIT) this.arrivals.shift();
    if (offset === 0) return;
    this.offsets.set(Math.round((start + offset) * 1000), offset);
    const [oldest] = this.offsets.keys();
    if (this.offsets.size > LIMIT && oldest !== undefined) this.offsets.delete(oldest);
  }

  /** When the server received the picture of `mediaTime`, on its clock, which was at `epochUs` at media time 0. */
  receivedAtUs(mediaTime: number, epochUs: number): number {
    const decodeTime = mediaTime - (this.offsets.get(Math.round(mediaTime * 1000)) ?? 0);
    const byDecodeTime = epochUs + decodeTime * 1e6;
    const atMs = this.arrivalOf(mediaTime);
    const arrivedAtUs = atMs === null ? null : this.clock.serverNowUs((performance.timeOrigin + atMs) * 1000);
    return arrivedAtUs === null ? byDecodeTime : Math.min(byDecodeTime, arrivedAtUs);
  }

  /** When the fragment of the picture arrived, or with B frames one behind it; null if none is remembered. */
  private arrivalOf(mediaTime: number): number | null {
    for (let i = this.arrivals.length - 1; i >= 0; i--) {
      const arrival = this.arrivals[i];
      if (arrival && arrival.start <= mediaTime + ROUNDING) return arrival.atMs;
    }
    return null;
  }
}
