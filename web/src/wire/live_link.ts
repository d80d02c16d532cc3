// The page's one connection to `ws/live`: parses what comes, keeps the clock, notices silence and lateness.
//
// It carries frames for the WebCodecs player. Paused, it is the light connection beside any other player: camera state,
// viewers and the clock still come. What is done with it all is the session's affair.

import { ClockSync, clientNowUs } from './clock';
import { Connection } from './connection';
import { parseFrame, type Frame } from './frame';
import { Lateness } from './lateness';
import { parseMessage, type ClientMessage, type ServerMessage } from './message';
import type { LinkEnd } from './retry';

/** The clock is asked for this often; the answer is also the sign that the server is there. */
const CLOCK_EVERY_MS = 1000;
/** At the start quickly, since the smallest error counts. */
const CLOCK_AT_START_MS = [0, 60, 150, 300, 600];
/** Nothing heard for this long, though the clock was asked for: a rival connection is made. */
const SILENT_MS = 1600;
const WATCH_EVERY_MS = 200;

export interface LiveLinkEvents {
  opened(): void;
  ended(end: LinkEnd, reason: string): void;
  message(message: ServerMessage): void;
  frame(frame: Frame, bytes: number): void;
}

export class LiveLink {
  readonly clock = new ClockSync();
  private readonly connection: Connection;
  private paused = false;
  private timers: ReturnType<typeof setTimeout>[] = [];
  private watchedAt = 0;
  private keyframeAskedAt = -Infinity;
  private openedAtMs: number | null = null;
  private readonly lateness = new Lateness();
  /** When the newest connection opened that has not won a race. */
  private begunAtMs = 0;
  /** Sequence of the newest frame on the present connection; they begin anew when the server does. */
  private newest = -1;

  constructor(address: string, private readonly events: LiveLinkEvents) {
    this.connection = new Connection(address, 'lenscast.v1', {
      opened: (sameServer) => this.onOpen(sameServer),
      text: (text) => this.onText(text),
      binary: (bytes) => this.onBinary(bytes),
      ended: (end, reason) => this.onEnd(end, reason),
    });
  }

  start(): void {
    this.connection.start();
  }

  stop(): void {
    this.onStop();
    this.connection.stop();
  }

  retryNow(): void {
    this.connection.retryNow();
  }

  /** When the present connection opened, on `performance.now()`'s scale; null while there is none. */
  get openedAt(): number | null {
    return this.openedAtMs;
  }

  /** No frames while paused; holds over reconnects. */
  setPaused(paused: boolean): void {
    if (paused === this.paused) return;
    this.paused = paused;
    this.forgetLateness();
    this.send({ type: paused ? 'pause' : 'resume' });
  }

  /** Begins anew at the newest keyframe, which the server still has. */
  renew(): void {
    if (this.paused) return;
    this.send({ type: 'pause' });
    this.send({ type: 'resume' });
  }

  /** Asks for a keyframe, at most twice a second. */
  askKeyframe(): void {
    const now = performance.now();
    if (now - this.keyframeAskedAt < 500) return;
    this.keyframeAskedAt = now;
    this.send({ type: 'keyframe', track: 0 });
  }

  private send(message: ClientMessage): void {
    this.connection.send(JSON.stringify(message));
  }

  private onOpen(sameServer: boolean): void {
    this.onStop();
    this.openedAtMs = performance.now();
    if (!sameServer) {
      this.clock.reset();
      this.begunAtMs = this.openedAtMs;
    }
    this.newest = -1;
    if (this.paused) this.send({ type: 'pause' });
    for (const ms of CLOCK_AT_START_MS) this.timers.push(setTimeout(() => this.askClock(), ms));
    this.timers.push(setInterval(() => this.askClock(), CLOCK_EVERY_MS));
    this.watchedAt = performance.now();
    this.timers.push(setInterval(() => this.watch(), WATCH_EVERY_MS));
    this.events.opened();
  }

  private onEnd(end: LinkEnd, reason: string): void {
    this.onStop();
    this.openedAtMs = null;
    this.events.ended(end, reason);
  }

  private onStop(): void {
    this.forgetLateness();
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
  }

  private askClock(): void {
    this.send({ type: 'clock', t0: clientNowUs() });
  }

  private watch(): void {
    const now = performance.now();
    const awake = now - this.watchedAt < 2 * WATCH_EVERY_MS && !document.hidden; // not after sleep or throttling
    this.watchedAt = now;
    if (!awake) this.forgetLateness();
    else if (now - this.connection.heardAt > SILENT_MS) this.connection.challenge();
    else if (this.lateness.wantsRace(now, this.begunAtMs)) this.race();
  }

  /** Tries whether a fresh connection brings newer frames. */
  private race(): void {
    this.connection.race(
      (message) => {
        const frame = typeof message === 'string' ? null : parseFrame(message);
        return frame !== null && frame.track === 0 && frame.sequence > this.newest;
      },
      (end) => this.lateness.raced(end, performance.now()),
    );
  }

  private noteLateness(frame: Frame): void {
    const serverNowUs = this.clock.serverNowUs(clientNowUs());
    this.lateness.frame(serverNowUs === null ? null : (serverNowUs - frame.readyAtUs) / 1000, performance.now());
    if (!this.lateness.late) this.connection.callOff();
  }

  private forgetLateness(): void {
    this.lateness.reset();
    this.connection.callOff();
  }

  private onText(text: string): void {
    const t3 = clientNowUs();
    const message = parseMessage(text);
    if (!message) return;
    if (message.type === 'clock') this.clock.answer(message.t0, message.t1, message.t2, t3);
    else this.events.message(message);
  }

  private onBinary(bytes: ArrayBuffer): void {
    if (this.paused) return; // frames that were under way when we paused
    const frame = parseFrame(bytes);
    if (!frame || frame.track !== 0) return;
    this.newest = frame.sequence;
    this.noteLateness(frame);
    this.events.frame(frame, bytes.byteLength);
  }
}
