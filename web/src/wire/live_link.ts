// The page's one connection to `ws/live`: parses the messages, synchronises the clock, notices silence and lateness.
// Where no WebSocket passes, the same messages come by plain requests, without frames, until one does.
//
// It carries the frames for the WebCodecs and the software player. Beside the other players it is paused: the camera's
// state, the number of viewers and the clock still come. The session decides what follows from the messages.

import { ClockSync, clientNowUs } from './clock';
import { Connection } from './connection';
import { parseFrame, type Frame } from './frame';
import { Lateness } from './lateness';
import { parseMessage, type ClientMessage, type ServerMessage } from './message';
import type { LinkEnd } from './retry';
import { StatePoll } from './state_poll';

/** How often the page requests the clock. The answer also proves that the connection is alive. */
const CLOCK_EVERY_MS = 1000;
/** The first requests follow each other quickly, since the answer with the smallest error counts. */
const CLOCK_AT_START_MS = [0, 60, 150, 300, 600];
/** After this time without any message a rival connection is dialed. */
const SILENT_MS = 1600;
const CHECK_EVERY_MS = 200;

export interface LiveLinkEvents {
  /** `overHttp`: only plain requests pass; there are no frames. */
  opened(overHttp: boolean): void;
  ended(end: LinkEnd, reason: string): void;
  message(message: ServerMessage): void;
  frame(frame: Frame, bytes: number): void;
}

export class LiveLink {
  readonly clock = new ClockSync();
  private readonly connection: Connection;
  private paused = false;
  private timers: ReturnType<typeof setTimeout>[] = [];
  private checkedAtMs = 0;
  private keyframeRequestedMs = -Infinity;
  private openedAtMs: number | null = null;
  private readonly lateness = new Lateness();
  /** When the newest connection opened that has not won a race. */
  private openedByDialMs = 0;
  /** Sequence of the newest frame on the present connection. A restarted server counts from 0. */
  private newestSequence = -1;
  private poll: StatePoll | null = null;

  constructor(
    private readonly address: string,
    private readonly events: LiveLinkEvents,
  ) {
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
    this.stopTimers();
    this.stopPoll();
    this.connection.stop();
  }

  retryNow(): void {
    this.connection.retryNow();
  }

  /** When the present connection opened, on `performance.now()`'s scale; null while there is none. */
  get openedAt(): number | null {
    return this.openedAtMs;
  }

  /** The server sends no frames while paused, also after a reconnect. */
  setPaused(paused: boolean): void {
    if (paused === this.paused) return;
    this.paused = paused;
    this.resetLateness();
    this.send({ type: paused ? 'pause' : 'resume' });
  }

  /** Has the server send from the newest keyframe again. */
  restartAtKeyframe(): void {
    if (this.paused) return;
    this.send({ type: 'pause' });
    this.send({ type: 'resume' });
  }

  /** Requests a keyframe, at most twice a second. */
  requestKeyframe(): void {
    const now = performance.now();
    if (now - this.keyframeRequestedMs < 500) return;
    this.keyframeRequestedMs = now;
    this.send({ type: 'keyframe', track: 0 });
  }

  private send(message: ClientMessage): void {
    this.connection.send(JSON.stringify(message));
  }

  private onOpen(sameServer: boolean): void {
    this.stopTimers();
    this.stopPoll();
    this.openedAtMs = performance.now();
    if (!sameServer) {
      this.clock.reset();
      this.openedByDialMs = this.openedAtMs;
    }
    this.newestSequence = -1;
    if (this.paused) this.send({ type: 'pause' });
    for (const ms of CLOCK_AT_START_MS) this.timers.push(setTimeout(() => this.requestClock(), ms));
    this.timers.push(setInterval(() => this.requestClock(), CLOCK_EVERY_MS));
    this.checkedAtMs = performance.now();
    this.timers.push(setInterval(() => this.checkConnection(), CHECK_EVERY_MS));
    this.events.opened(false);
  }

  private onEnd(end: LinkEnd, reason: string): void {
    this.stopTimers();
    if (this.poll) return; // the plain requests say how it stands
    this.openedAtMs = null;
    if (end !== 'blocked') return this.events.ended(end, reason);
    this.clock.reset();
    this.poll = new StatePoll(this.address, this.clock, {
      opened: () => {
        this.openedAtMs = performance.now();
        this.events.opened(true);
      },
      message: (message) => this.events.message(message),
      ended: (why, because) => {
        this.openedAtMs = null;
        this.events.ended(why, because);
      },
    });
  }

  private stopPoll(): void {
    this.poll?.stop();
    this.poll = null;
  }

  private stopTimers(): void {
    this.resetLateness();
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
  }

  private requestClock(): void {
    this.send({ type: 'clock', t0: clientNowUs() });
  }

  private checkConnection(): void {
    const now = performance.now();
    const awake = now - this.checkedAtMs < 2 * CHECK_EVERY_MS && !document.hidden; // else the machine slept or the browser throttled the timer
    this.checkedAtMs = now;
    if (!awake) this.resetLateness();
    else if (now - this.connection.lastMessageAt > SILENT_MS) this.connection.challenge();
    else if (this.lateness.shouldRace(now, this.openedByDialMs)) this.race();
  }

  /** Tries whether a new connection brings newer frames. */
  private race(): void {
    this.connection.race(
      (message) => {
        const frame = typeof message === 'string' ? null : parseFrame(message);
        return frame !== null && frame.track === 0 && frame.sequence > this.newestSequence;
      },
      (end) => this.lateness.raceEnded(end, performance.now()),
    );
  }

  private trackLateness(frame: Frame): void {
    const serverNowUs = this.clock.serverNowUs(clientNowUs());
    this.lateness.frame(
      serverNowUs === null ? null : (serverNowUs - frame.readyAtUs) / 1000,
      performance.now(),
    );
    if (!this.lateness.late) this.connection.cancelRace();
  }

  private resetLateness(): void {
    this.lateness.reset();
    this.connection.cancelRace();
  }

  private onText(text: string): void {
    const t3 = clientNowUs();
    const message = parseMessage(text);
    if (!message) return;
    if (message.type === 'clock') this.clock.addAnswer(message.t0, message.t1, message.t2, t3);
    else this.events.message(message);
  }

  private onBinary(bytes: ArrayBuffer): void {
    if (this.paused) return; // frames that were sent before the server knew of the pause
    const frame = parseFrame(bytes);
    if (!frame || frame.track !== 0) return;
    this.newestSequence = frame.sequence;
    this.trackLateness(frame);
    this.events.frame(frame, bytes.byteLength);
  }
}
