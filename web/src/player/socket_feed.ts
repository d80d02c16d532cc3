// A player's own connection to one of the server's WebSockets, beside the page's.
//
//   dial ──► open ──messages──► player
//    ▲         └─close─┬─ viewer limit reached: refused(reason), retried later
//    └──retry──────────┼─ lost: retried while the page's own connection is open
//                      └─ the server cannot serve it: failed(reason)
//
// It reconnects while `mayRetry()` is true. After the page's own connection was lost, the player starts it again. A page
// cannot read the answer of a failed handshake, so a plain request to the same address finds the reason.

import { linkEndOf, retryDelayMs } from '../wire/retry';
import { closeSilently, plainAddress } from '../wire/socket';
import type { Feed } from './fed_player';
import type { PlayerHost } from './player';
import { probeRefusal } from './refusal';

/** After this silence the connection may be dead, if the page's own connection had to reconnect. */
const SILENT_MS = 300;
/** The same before the first message. */
const OPENING_MS = 3000;
/** After this many refused handshakes in a row, without a reason, the feed fails. */
const REFUSALS_LIMIT = 5;
/** Close code of a server that cannot serve the stream, for instance because a program is missing. */
const INTERNAL_ERROR = 1011;

export interface SocketFeedEvents {
  text?(message: string): void;
  /** `first` for the first message of this connection. */
  binary(message: ArrayBuffer, first: boolean): void;
}

export class SocketFeed implements Feed {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private awaitingFirst = true;
  private lastMessageMs = 0;
  private refusals = 0;

  /**
   * An address that may change is asked for at each start. `host` hears of refusals and failures. `mayRetry` says whether a
   * lost connection is opened again.
   */
  constructor(
    private readonly address: string | (() => string),
    private readonly host: Pick<PlayerHost, 'refused' | 'failed'>,
    private readonly mayRetry: () => boolean,
    private readonly events: SocketFeedEvents,
  ) {}

  get running(): boolean {
    return this.socket !== null;
  }

  maybeDead(nowMs: number): boolean {
    return nowMs - this.lastMessageMs > (this.awaitingFirst ? OPENING_MS : SILENT_MS);
  }

  start(): void {
    this.stop();
    this.awaitingFirst = true;
    this.lastMessageMs = performance.now();
    let opened = false;
    const socket = new WebSocket(this.currentAddress());
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

  private currentAddress(): string {
    return typeof this.address === 'string' ? this.address : this.address();
  }

  private onMessage(data: string | ArrayBuffer): void {
    this.lastMessageMs = performance.now();
    if (typeof data === 'string') {
      this.events.text?.(data);
      return;
    }
    const first = this.awaitingFirst;
    this.awaitingFirst = false;
    if (first) this.host.refused(null);
    this.events.binary(data, first);
  }

  private onClose(event: CloseEvent, opened: boolean): void {
    if (event.code === INTERNAL_ERROR && this.awaitingFirst)
      return this.host.failed(event.reason || 'the server reports an internal error');
    const end = linkEndOf(event.code);
    if (end !== 'gone') this.host.refused(event.reason);
    if (!this.mayRetry()) return;
    const timer = setTimeout(() => this.start(), retryDelayMs(end, Math.random()));
    this.timer = timer;
    if (opened) return;
    void this.probe(timer);
  }

  /** The handshake failed: asks the server why. */
  private async probe(timer: ReturnType<typeof setTimeout>): Promise<void> {
    const answer = await probeRefusal(plainAddress(this.currentAddress()));
    if (this.timer !== timer) return; // already retried, or stopped
    if (answer === 'reachable') this.refusals++;
    const reason = this.refusals > REFUSALS_LIMIT ? 'the server refuses the connection' : answer;
    if (reason === 'reachable' || reason === null) return;
    this.stop();
    this.host.failed(reason);
  }
}
