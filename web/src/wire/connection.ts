// A WebSocket that reconnects automatically.
//
//   dial ──open──► open ──close──► wait 0.4 to 0.5 s ──► probe (HEAD) ──answer──► dial
//                   │ silent                    ▲──────────no answer──┘
//                   └─► probe, dial a rival: the first of the two to deliver a message stays (after a link was dead
//                       for seconds, a new connection is often faster than TCP's retransmissions)
//                   │ late
//                   └─► race: a new connection that overtakes this one replaces it (`racer.ts`)
//
// It does not read the messages. `retry.ts` and `lateness.ts` hold the numbers.

import type { RaceEnd } from './lateness';
import { Racer, type WireMessage } from './racer';
import {
  linkEndOf,
  probeTimeoutMs,
  retryDelayMs,
  isServerStatus,
  dialsWithoutProbe,
  type LinkEnd,
} from './retry';
import { closeSilently, plainAddress } from './socket';

/** A WebSocket that has not opened after this time is closed. */
const DIAL_TIMEOUT_MS = 4000;
/**
 * What is asked for to learn whether the server is there, seen from the WebSocket's address. HEAD of it is answered with 200
 * and starts no camera. The WebSocket's own address answers a plain request with 426, which browsers log as an error.
 */
const PROBED = '../stream.h264';

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
    socket.onopen = () => {
      this.attempt = 0;
      this.lastMessageMs = performance.now();
      this.fastestOpenMs = Math.min(this.fastestOpenMs, this.lastMessageMs - dialedMs);
      this.events.opened(false);
    };
    this.listen(socket);
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
    socket.onclose = (event) => {
      this.socket = null;
      this.cancelPlans();
      const end = linkEndOf(event.code);
      this.events.ended(end, event.reason);
      if (this.running) this.schedule(() => void this.probeServer(), retryDelayMs(end, Math.random()));
    };
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
    const probe = new AbortController();
    this.probe = probe;
    const timeout = setTimeout(() => probe.abort(), probeTimeoutMs(attempt));
    const responds = dialsWithoutProbe(attempt) || (await serverResponds(this.address, probe.signal));
    clearTimeout(timeout);
    if (!this.running || this.probe !== probe) return;
    this.probe = null;
    if (!responds) this.schedule(() => void this.probeServer(), retryDelayMs('gone', Math.random()));
    else if (this.rivalWanted) this.dialRival();
    else this.dial();
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

async function serverResponds(address: string, signal: AbortSignal): Promise<boolean> {
  try {
    const plain = new URL(PROBED, plainAddress(address));
    // On a page of another origin the answer may be opaque, with status 0: a server is there.
    const mode = plain.origin === location.origin ? 'cors' : 'no-cors';
    const response = await fetch(plain, {
      method: 'HEAD',
      mode,
      cache: 'no-store',
      redirect: mode === 'cors' ? 'manual' : 'follow',
      signal,
    });
    return isServerStatus(response.status);
  } catch {
    return false;
  }
}
