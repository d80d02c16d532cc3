// A WebSocket that comes back by itself.
//
//   dial ──open──► open ──close──► wait 0.4 to 0.5 s ──► ask (HEAD) ──answer──► dial
//                   │ silent                    ▲─────────no answer──┘
//                   └─► ask, dial a rival: whichever of the two is heard first stays (a new connection is often
//                       faster than TCP's retransmissions after a link was dead for seconds)
//                   │ late
//                   └─► race: a fresh one that gets ahead of it stays (`racer.ts`)
//
// It knows nothing of what the messages say. `retry.ts` and `lateness.ts` hold the numbers.

import type { RaceEnd } from './lateness';
import { Racer, type WireMessage } from './racer';
import { endOf, probeTimeoutMs, retryDelayMs, serverAnswers, skipsProbe, type LinkEnd } from './retry';
import { closeSilently, plainAddress } from './socket';

/** A WebSocket that has not opened after this long is given up. */
const DIAL_TIMEOUT_MS = 4000;
/**
 * What is asked for to learn whether the server is there, seen from the WebSocket's address. HEAD of it is answered with 200
 * and starts no camera. The WebSocket's own address answers a plain request with 426, which browsers log as an error.
 */
const PROBED = '../stream.h264';

export interface ConnectionEvents {
  /** A connection stands, or another one has taken over. After a race it speaks to the same server. */
  opened(sameServer: boolean): void;
  text(message: string): void;
  binary(message: ArrayBuffer): void;
  /** The connection ended, or could not be made; it will be tried again. */
  ended(end: LinkEnd, reason: string): void;
}

export class Connection {
  private socket: WebSocket | null = null;
  private rival: WebSocket | null = null;
  private rivalWanted = false;
  private racer: Racer | null = null;
  /** The quickest opening so far. */
  private quickestMs = Infinity;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private probe: AbortController | null = null;
  private attempt = 0;
  private running = false;
  private heard = 0;

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
    this.dial();
  }

  stop(): void {
    this.running = false;
    this.forget();
    const socket = this.socket;
    this.socket = null;
    if (socket) closeSilently(socket);
  }

  get open(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** When the last message came (or the connection opened), on `performance.now()`'s scale. */
  get heardAt(): number {
    return this.heard;
  }

  /** Sends if the connection stands; says whether it did. */
  send(message: string): boolean {
    if (!this.open) return false;
    this.socket?.send(message);
    return true;
  }

  /** Tries at once instead of waiting: the machine is online again, or the page is seen again. */
  retryNow(): void {
    if (!this.running || this.socket) return;
    this.forget();
    this.dial();
  }

  /** The connection is suspiciously silent: makes another beside it. The first to be heard stays. */
  challenge(): void {
    if (!this.running || !this.open || this.rivalWanted) return;
    this.forget();
    this.rivalWanted = true;
    void this.ask();
  }

  /** What comes is late: makes a fresh connection that stays if `isAhead` says so of one of its messages. */
  race(isAhead: (message: WireMessage) => boolean, ended: (end: RaceEnd) => void): void {
    if (!this.running || !this.open || this.rivalWanted || this.racer) return;
    const racer = new Racer(this.connect(), this.quickestMs, isAhead, (end, kept) => {
      this.racer = null;
      if (end === 'ahead') this.takeOver(racer.socket, kept);
      ended(end);
    });
    this.racer = racer;
  }

  /** The race is off. */
  callOff(): void {
    this.racer?.stop();
    this.racer = null;
  }

  private takeOver(socket: WebSocket, kept: WireMessage[]): void {
    const old = this.socket;
    this.socket = socket;
    if (old) closeSilently(old);
    this.listen(socket);
    this.events.opened(true);
    for (const message of kept) if (this.socket === socket) this.deliver(message);
  }

  private dial(): void {
    const begun = performance.now();
    const socket = this.connect();
    this.socket = socket;
    socket.onopen = () => {
      this.attempt = 0;
      this.heard = performance.now();
      this.quickestMs = Math.min(this.quickestMs, this.heard - begun);
      this.events.opened(false);
    };
    this.listen(socket);
  }

  private dialRival(): void {
    const socket = this.connect();
    this.rival = socket;
    socket.onclose = () => {
      this.rival = null;
      this.later(() => void this.ask(), retryDelayMs('gone', Math.random()));
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
    socket.onclose = (event) => {
      this.socket = null;
      this.forget();
      const end = endOf(event.code);
      this.events.ended(end, event.reason);
      if (this.running) this.later(() => void this.ask(), retryDelayMs(end, Math.random()));
    };
  }

  private deliver(message: WireMessage): void {
    this.heard = performance.now();
    if (this.rivalWanted) this.forget(); // it speaks again: no rival is needed
    if (typeof message === 'string') this.events.text(message);
    else this.events.binary(message);
  }

  /** Asks by a plain request whether the server is there, until it is; then dials. */
  private async ask(): Promise<void> {
    const attempt = this.attempt++;
    const probe = new AbortController();
    this.probe = probe;
    const timeout = setTimeout(() => probe.abort(), probeTimeoutMs(attempt));
    const there = skipsProbe(attempt) || (await answers(this.address, probe.signal));
    clearTimeout(timeout);
    if (!this.running || this.probe !== probe) return;
    this.probe = null;
    if (!there) this.later(() => void this.ask(), retryDelayMs('gone', Math.random()));
    else if (this.rivalWanted) this.dialRival();
    else this.dial();
  }

  private later(act: () => void, ms: number): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(act, ms);
  }

  /** Drops what was planned: timer, request, rival, race. */
  private forget(): void {
    this.callOff();
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

async function answers(address: string, signal: AbortSignal): Promise<boolean> {
  try {
    const plain = new URL(PROBED, plainAddress(address));
    // On a foreign page an answer may be opaque, its status 0: somebody is there.
    const mode = plain.origin === location.origin ? 'cors' : 'no-cors';
    const response = await fetch(plain, { method: 'HEAD', mode, cache: 'no-store', redirect: mode === 'cors' ? 'manual' : 'follow', signal });
    return serverAnswers(response.status);
  } catch {
    return false;
  }
}
