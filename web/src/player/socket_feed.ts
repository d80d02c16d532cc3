// A player's own connection to one of the server's WebSockets, beside the page's.
//
//   dial ──► open ──messages──► player
//    ▲         └─close─┬─ the server takes no more: refused(reason), tried again later
//    └──retry──────────┼─ lost: tried again while the page's own connection stands
//                      └─ the server cannot, and says why: failed(reason)
//
// It tries again by itself while `retry` says so; when the page's connection is lost, the session's reconnect starts it
// anew. A handshake that fails tells a page nothing, so the address is asked by a plain request why.

import { linkEndOf, retryDelayMs } from '../wire/retry';
import { closeSilently, plainAddress } from '../wire/socket';
import type { Feed } from './fed_player';
import { whyNot } from './why_not';

/** Silence that makes a connection suspect when the page's own connection had to be made anew. */
const SILENT_MS = 300;
/** The same for a connection that has brought nothing yet. */
const OPENING_MS = 3000;
/** Handshakes in a row that the server may refuse without saying why. */
const REFUSALS_LIMIT = 5;
/** Close code of a server that has a fault, such as a program it lacks. */
const SERVER_FAULT = 1011;

export interface SocketFeedEvents {
  text?(message: string): void;
  /** `first` of this connection. */
  binary(message: ArrayBuffer, first: boolean): void;
  /** The server takes no more viewers; null: it took us. */
  refused(reason: string | null): void;
  /** The server cannot serve this address. */
  failed(reason: string): void;
}

export class SocketFeed implements Feed {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private fresh = true;
  private heard = 0;
  private refusals = 0;

  /** `retry` says whether trying again makes sense now. */
  constructor(private readonly address: string, private readonly events: SocketFeedEvents, private readonly retry: () => boolean) {}

  get running(): boolean {
    return this.socket !== null;
  }

  /** Whether it has been silent, or opening, for too long. */
  suspect(nowMs: number): boolean {
    return nowMs - this.heard > (this.fresh ? OPENING_MS : SILENT_MS);
  }

  start(): void {
    this.stop();
    this.fresh = true;
    this.heard = performance.now();
    let opened = false;
    const socket = new WebSocket(this.address);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      opened = true;
      this.refusals = 0;
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.onMessage(event.data);
    socket.onclose = (event) => {
      this.socket = null;
      this.onClose(event, opened);
    };
    this.socket = socket;
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const socket = this.socket;
    this.socket = null;
    if (socket) closeSilently(socket);
  }

  private onMessage(data: string | ArrayBuffer): void {
    this.heard = performance.now();
    if (typeof data === 'string') {
      this.events.text?.(data);
      return;
    }
    const first = this.fresh;
    this.fresh = false;
    if (first) this.events.refused(null);
    this.events.binary(data, first);
  }

  private onClose(event: CloseEvent, opened: boolean): void {
    if (event.code === SERVER_FAULT && this.fresh) return this.events.failed(event.reason || 'the server has a fault there');
    const end = linkEndOf(event.code);
    if (end !== 'gone') this.events.refused(event.reason);
    if (!this.retry()) return;
    const timer = setTimeout(() => this.start(), retryDelayMs(end, Math.random()));
    this.timer = timer;
    if (opened) return;
    void this.ask(timer);
  }

  /** The handshake failed: is the address there at all? */
  private async ask(timer: ReturnType<typeof setTimeout>): Promise<void> {
    const answer = await whyNot(plainAddress(this.address));
    if (this.timer !== timer) return; // it is tried again already, or not wanted any more
    if (answer === 'there') this.refusals++;
    const reason = this.refusals > REFUSALS_LIMIT ? 'the server refuses its connection' : answer;
    if (reason === 'there' || reason === null) return;
    this.stop();
    this.events.failed(reason);
  }
}
