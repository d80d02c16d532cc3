// A WebSocket that reconnects automatically.
//
//   dial ──open──► open ──close──► wait 0.4 to 0.5 s ──► probe ──answer──► dial
//    └failed─► probe at once           ▲────no answer───┤  └─ the dial behind such an answer failed, too: blocked,
//                                                       │     a proxy passes no WebSocket; dialed again slowly
//                   │ silent                            └─ refused: asked again slowly
//                   └─► probe, dial a rival: the first of the two to deliver a message stays (after a link was dead
//                       for seconds, a new connection is often faster than TCP's retransmissions)
//                   │ late
//                   └─► race: a new connection that overtakes this one replaces it (`racer.ts`)
//
// It does not read the messages. `retry.ts` and `lateness.ts` hold the numbers.

import type { RaceEnd } from './lateness';
import { Racer, type WireMessage } from './racer';
import type { Answer } from './answer';
import { askServer, stateAddress } from './ask';
import { linkEndOf, probeTimeoutMs, retryDelayMs, dialsWithoutProbe, type LinkEnd } from './retry';
import { closeSilently } from './socket';

/** A WebSocket that has not opened after this time is closed, and so is one that has given no message after it has opened. */
const DIAL_TIMEOUT_MS = 4000;
/** A refusal is asked about by plain requests; every so many tries a WebSocket is dialed, in case only those are refused. */
const DIAL_EVERY = 4;
/** Another try may not follow a refusal sooner, whatever happens on the page. */
const REFUSED_PAUSE_MS = 3000;
const UNREADABLE =
  'something answers that this page may not read: perhaps a proxy that asks for a password or cannot reach the server';

export interface ConnectionEvents {
  /** A connection is open, or another one has replaced it. After a race it is to the same server. */
  opened(sameServer: boolean): void;
  text(message: string): void;
  binary(message: ArrayBuffer): void;
  /** The connection ended or failed. It is retried automatically. */
  ended(end: LinkEnd, reason: string): void;
}

export class Connection {
  private socket: WebSocket | null = null;
  private rival: WebSocket | null = null;
  private rivalWanted = false;
  private racer: Racer | null = null;
  /** The shortest time in which a connection has opened. */
  private fastestOpenMs = Infinity;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private probe: AbortController | null = null;
  private attempt = 0;
  private running = false;
  private lastMessageMs = 0;
  /** The present dial follows a plain request that the server answered. */
  private answeredBeforeDial = false;
  /** A dial failed although the server answers plain requests, or it hung. */
  private suspectsProxy = false;
  /** No connection was open since the last dial failed. */
  private dialFailed = false;
  /** The last refusal and how many there were in a row. */
  private refusal: { end: LinkEnd; count: number; atMs: number } | null = null;

  /** `address` is a ws: or wss: address; `protocol` the offered subprotocol, if any. */
  constructor(
    private readonly address: string,
    private readonly protocol: string | null,
    private readonly events: ConnectionEvents,
  ) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.attempt = 0;
    this.answeredBeforeDial = this.suspectsProxy = this.dialFailed = false;
    this.refusal = null;
    this.dial();
  }

  stop(): void {
    this.running = false;
    this.cancelPlans();
    const socket = this.socket;
    this.socket = null;
    if (socket) closeSilently(socket);
  }

  get open(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** When the last message came or the connection opened, on `performance.now()`'s scale. */
  get lastMessageAt(): number {
    return this.lastMessageMs;
  }

  /** Sends if the connection is open. Returns whether it did. */
  send(message: string): boolean {
    if (!this.open) return false;
    this.socket?.send(message);
    return true;
  }

  /** Connects now instead of after the delay: the machine is online again, or the page is visible again. */
  retryNow(): void {
    if (!this.running || this.socket) return;
    if (this.refusal && performance.now() - this.refusal.atMs < REFUSED_PAUSE_MS) return;
    this.cancelPlans();
    this.dial();
  }

  /** The connection has been silent: dials a second one. The first of the two to deliver a message stays. */
  challenge(): void {
    if (!this.running || !this.open || this.rivalWanted) return;
    this.cancelPlans();
    this.rivalWanted = true;
    void this.probeServer();
  }

  /** Messages come late: dials a new connection, which stays once `isAhead` is true for one of its messages. */
  race(isAhead: (message: WireMessage) => boolean, ended: (end: RaceEnd) => void): void {
    if (!this.running || !this.open || this.rivalWanted || this.racer) return;
    const racer = new Racer(this.connect(), this.fastestOpenMs, isAhead, (end, buffered) => {
      this.racer = null;
      if (end === 'ahead') this.takeOver(racer.socket, buffered);
      ended(end);
    });
    this.racer = racer;
  }

  /** Ends the race; the present connection stays. */
  cancelRace(): void {
    this.racer?.stop();
    this.racer = null;
  }

  private takeOver(socket: WebSocket, buffered: WireMessage[]): void {
    const old = this.socket;
    this.socket = socket;
    if (old) closeSilently(old);
    this.listen(socket);
    this.events.opened(true);
    for (const message of buffered) if (this.socket === socket) this.deliver(message);
  }

  private dial(): void {
    const dialedMs = performance.now();
    const socket = this.connect();
    this.socket = socket;
    let openedMs: number | null = null;
    socket.onopen = () => {
      openedMs = performance.now();
      this.fastestOpenMs = Math.min(this.fastestOpenMs, openedMs - dialedMs);
      setTimeout(() => this.socket === socket && !heard && socket.close(), DIAL_TIMEOUT_MS);
    };
    let heard = false;
    socket.onmessage = (first: MessageEvent<WireMessage>) => {
      heard = true;
      this.attempt = 0;
      this.suspectsProxy = this.answeredBeforeDial = this.dialFailed = false;
      this.refusal = null;
      this.listen(socket);
      this.events.opened(false);
      this.deliver(first.data);
    };
    socket.onclose = (event) => {
      const end = linkEndOf(event.code);
      if (end !== 'gone') return this.onClose(end, event.reason);
      this.onDialFailed(performance.now() - (openedMs ?? dialedMs) >= DIAL_TIMEOUT_MS, event.reason);
    };
  }

  private dialRival(): void {
    const socket = this.connect();
    this.rival = socket;
    socket.onclose = () => {
      this.rival = null;
      this.schedule(() => void this.probeServer(), retryDelayMs('gone', Math.random()));
    };
    socket.onmessage = (first: MessageEvent<WireMessage>) => {
      const old = this.socket;
      this.rival = null;
      this.rivalWanted = false;
      this.attempt = 0;
      this.socket = socket;
      if (old) closeSilently(old);
      this.listen(socket);
      this.events.opened(false);
      this.deliver(first.data);
    };
  }

  private connect(): WebSocket {
    const socket = this.protocol ? new WebSocket(this.address, this.protocol) : new WebSocket(this.address);
    socket.binaryType = 'arraybuffer';
    setTimeout(() => socket.readyState === WebSocket.CONNECTING && socket.close(), DIAL_TIMEOUT_MS);
    return socket;
  }

  private listen(socket: WebSocket): void {
    socket.onmessage = (event: MessageEvent<WireMessage>) => this.deliver(event.data);
    socket.onclose = (event) => this.onClose(linkEndOf(event.code), event.reason);
  }

  private onClose(end: LinkEnd, reason: string): void {
    this.socket = null;
    this.cancelPlans();
    this.events.ended(end, reason);
    if (this.running) this.schedule(() => void this.probeServer(), retryDelayMs(end, Math.random()));
  }

  /** No message came. Asks the server why; the page hears of it when the answer is known. */
  private onDialFailed(hung: boolean, reason: string): void {
    this.socket = null;
    this.cancelPlans();
    this.dialFailed = true;
    this.suspectsProxy ||= hung || this.answeredBeforeDial;
    if (reason !== '') this.events.ended('gone', reason);
    if (this.running) void this.probeServer();
  }

  private deliver(message: WireMessage): void {
    this.lastMessageMs = performance.now();
    if (this.rivalWanted) this.cancelPlans(); // not silent any more: no rival is needed
    if (typeof message === 'string') this.events.text(message);
    else this.events.binary(message);
  }

  /** Sends plain requests until the server responds, then dials. */
  private async probeServer(): Promise<void> {
    const attempt = this.attempt++;
    if (dialsWithoutProbe(attempt) && !this.rivalWanted) return this.dial();
    const probe = new AbortController();
    this.probe = probe;
    const answer = await askServer(stateAddress(this.address), probeTimeoutMs(attempt), probe.signal);
    if (!this.running || this.probe !== probe) return;
    this.probe = null;
    if (this.rivalWanted) {
      if (answer.kind === 'nobody')
        this.schedule(() => void this.probeServer(), retryDelayMs('gone', Math.random()));
      else this.dialRival();
    } else this.onAnswer(answer);
  }

  private onAnswer(answer: Answer): void {
    if (answer.kind === 'nobody') {
      this.answeredBeforeDial = this.suspectsProxy = false;
      this.events.ended('gone', '');
      this.schedule(() => void this.probeServer(), retryDelayMs('gone', Math.random()));
    } else if (answer.kind === 'refusal') {
      this.onRefused(answer.end, answer.reason);
    } else if (answer.kind === 'unreadable' && this.dialFailed) {
      this.onRefused('denied', UNREADABLE, 'unreadable');
    } else if (answer.kind === 'camera' && this.suspectsProxy) {
      this.onRefused('blocked', '');
    } else {
      this.answeredBeforeDial = true;
      this.dial();
    }
  }

  private onRefused(end: LinkEnd, reason: string, pace: LinkEnd | 'unreadable' = end): void {
    const before = this.refusal?.end === end ? this.refusal.count : 0;
    this.refusal = { end, count: before + 1, atMs: performance.now() };
    this.events.ended(end, reason);
    const dials = end === 'blocked' || end === 'missing' || before % DIAL_EVERY === DIAL_EVERY - 1;
    const again = () => (dials ? this.dial() : void this.probeServer());
    this.schedule(again, retryDelayMs(pace, Math.random(), before));
  }

  private schedule(act: () => void, ms: number): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(act, ms);
  }

  /** Cancels the timer, the probe, the rival and the race. */
  private cancelPlans(): void {
    this.cancelRace();
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const probe = this.probe;
    this.probe = null;
    probe?.abort();
    this.rivalWanted = false;
    const rival = this.rival;
    this.rival = null;
    if (rival) closeSilently(rival);
  }
}
