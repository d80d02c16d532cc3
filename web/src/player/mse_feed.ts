// The MSE player's own connection to `ws/mp4`: init text, init segment, then one fragment a message.
//
// It tries again by itself while the page's connection stands; when that is lost the session's reconnect starts it anew.

import { parseObject } from '../wire/message';
import { endOf, retryDelayMs } from '../wire/retry';

/** Silence that makes a connection suspect when the page's own connection had to be made anew. */
const SILENT_MS = 300;
/** The same for a connection that has brought nothing yet. */
const OPENING_MS = 3000;

export interface FeedInit {
  mime: string;
  width: number;
  height: number;
  /** The server's clock at media time 0, microseconds, where it says so. */
  epochUs: number | null;
}

export interface FeedEvents {
  /** A configuration and its init segment. `first`: of this connection, so that its media time may begin anywhere. */
  init(init: FeedInit, segment: ArrayBuffer, first: boolean): void;
  fragment(bytes: ArrayBuffer): void;
  /** The server takes no more viewers; null: it took us. */
  refused(reason: string | null): void;
}

export class MseFeed {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private pending: FeedInit | null = null;
  private fresh = true;
  private heard = 0;

  /** `retry` says whether trying again makes sense now. */
  constructor(private readonly address: string, private readonly events: FeedEvents, private readonly retry: () => boolean) {}

  get running(): boolean {
    return this.socket !== null;
  }

  /** Whether the connection may be dead: silent, or opening, for too long. Times on `performance.now()`'s scale. */
  suspect(nowMs: number): boolean {
    return nowMs - this.heard > (this.fresh ? OPENING_MS : SILENT_MS);
  }

  start(): void {
    this.stop();
    this.fresh = true;
    this.heard = performance.now();
    this.pending = null;
    const socket = new WebSocket(this.address);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.onMessage(event.data);
    socket.onclose = (event) => {
      this.socket = null;
      const end = endOf(event.code);
      if (end !== 'gone') this.events.refused(event.reason);
      if (this.retry()) this.timer = setTimeout(() => this.start(), retryDelayMs(end, Math.random()));
    };
    this.socket = socket;
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private onMessage(data: string | ArrayBuffer): void {
    this.heard = performance.now();
    if (typeof data === 'string') {
      this.pending = parseFeedInit(data) ?? this.pending;
    } else if (this.pending) {
      if (this.fresh) this.events.refused(null);
      this.events.init(this.pending, data, this.fresh);
      this.fresh = false;
      this.pending = null;
    } else {
      this.events.fragment(data);
    }
  }
}

/** Parses the init text of `ws/mp4`; null for anything else. */
export function parseFeedInit(text: string): FeedInit | null {
  const json = parseObject(text);
  if (json?.['type'] !== 'init' || typeof json['mime'] !== 'string') return null;
  const [width, height, epochUs] = [json['width'], json['height'], json['epoch']];
  return {
    mime: json['mime'],
    width: typeof width === 'number' ? width : 0,
    height: typeof height === 'number' ? height : 0,
    epochUs: typeof epochUs === 'number' ? epochUs : null,
  };
}

/** `avc1.42e01f` of `video/mp4; codecs="avc1.42e01f"`. */
export function codecOf(mime: string): string {
  return /codecs="?([^"]*)"?/.exec(mime)?.[1] ?? mime;
}
