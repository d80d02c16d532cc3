// The figures every player gives, collected while it plays.

import { clientNowUs, type ClockSync } from '../wire/clock';
import type { Moments } from './canvas_painter';
import { Meter } from './meter';
import type { Latency, LatencyFrom } from './player';

export class Measure {
  private readonly shown = new Meter();
  private readonly received = new Meter();
  private readonly latency = new Meter(1000);
  private from: LatencyFrom = 'received';

  constructor(private readonly clock: ClockSync) {}

  arrived(nowMs: number, bytes: number): void {
    this.received.add(nowMs, bytes * 8);
  }

  /** A picture is on the screen; `moments` are those of its life on the server, where they are known. */
  painted(nowMs: number, moments: Moments | null): void {
    this.shown.add(nowMs);
    const serverNowUs = moments && this.clock.serverNowUs(clientNowUs());
    if (!moments || serverNowUs === null) return;
    const from = moments.capturedAtUs === null ? 'received' : 'capture';
    if (from !== this.from) this.latency.clear();
    this.from = from;
    this.latency.add(nowMs, (serverNowUs - (moments.capturedAtUs ?? moments.receivedAtUs)) / 1000);
  }

  /** Playback begins anew. */
  restart(): void {
    this.received.clear();
    this.latency.clear();
  }

  figures(nowMs: number): { latency: Latency | null; fps: number; bitRate: number } {
    const ms = this.latency.mean(nowMs);
    const latency = ms === null ? null : { ms, from: this.from };
    return { latency, fps: this.shown.perSecond(nowMs), bitRate: this.received.perSecond(nowMs) };
  }
}
