// The figures that every player reports: latency, frame rate, bit rate.

import type { ClockSync } from '../wire/clock';
import type { Moments } from './canvas_painter';
import { Meter } from './meter';
import type { LatencyFrom, PlayerStats } from './player';

export class Measure {
  private readonly shown = new Meter();
  private readonly received = new Meter();
  private readonly latency = new Meter(1000);
  private from: LatencyFrom = 'received';

  constructor(private readonly clock: ClockSync) {}

  arrived(nowMs: number, bytes: number): void {
    this.received.add(nowMs, bytes * 8);
  }

  /**
   * `count` pictures were shown, the newest at `shownAtMs`. Both times are on `performance.now()`'s scale. `moments` are
   * the newest picture's, or null if they are unknown.
   */
  painted(nowMs: number, moments: Moments | null, count = 1, shownAtMs = nowMs): void {
    this.shown.add(nowMs, count);
    const serverUs = this.clock.serverNowUs((performance.timeOrigin + shownAtMs) * 1000);
    if (!moments || serverUs === null) return;
    const from = moments.capturedAtUs === null ? 'received' : 'capture';
    if (from !== this.from) this.resetLatency();
    this.from = from;
    this.latency.add(nowMs, (serverUs - (moments.capturedAtUs ?? moments.receivedAtUs)) / 1000);
  }

  /** Playback stops or starts again. */
  restart(): void {
    this.received.clear();
    this.resetLatency();
  }

  resetLatency(): void {
    this.latency.clear();
  }

  figures(nowMs: number): Pick<PlayerStats, 'latency' | 'fps' | 'bitRate'> {
    const ms = this.latency.mean(nowMs);
    const latency = ms === null ? null : { ms, from: this.from };
    return { latency, fps: this.shown.perSecond(nowMs), bitRate: this.received.perSecond(nowMs) };
  }
}
