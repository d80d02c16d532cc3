// The connection to `stream.mjpg`: an endless body of parts.
//
//   fetch ──► MultipartReader ──► part(…)
//    ▲  └─ refused, or not a multipart body: failed(reason)
//    └──retry── ended or lost: fetched again while the page's own connection is open

import type { Feed } from './fed_player';
import { boundaryOf, MultipartReader, type Part } from './multipart';
import { messageOf, type PlayerHost } from './player';
import { refusal } from './refusal';

const RETRY_MS = 500;
/** After this silence the body may be dead, if the page's own connection had to reconnect. */
const SILENT_MS = 1000;
/** After this many bodies in a row without a part the feed fails. */
const EMPTY_LIMIT = 10;

export interface MultipartFeedEvents {
  /** `bytes` more bytes have arrived. */
  arrived(bytes: number): void;
  part(part: Part): void;
}

export class MultipartFeed implements Feed {
  private request: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private lastBytesMs = 0;
  private emptyBodies = 0;

  /** `host` hears of failures. `mayRetry` says whether a lost connection is opened again. */
  constructor(
    private readonly address: string,
    private readonly host: Pick<PlayerHost, 'failed'>,
    private readonly mayRetry: () => boolean,
    private readonly events: MultipartFeedEvents,
  ) {}

  get running(): boolean {
    return this.request !== null;
  }

  maybeDead(nowMs: number): boolean {
    return nowMs - this.lastBytesMs > SILENT_MS;
  }

  start(): void {
    this.stop();
    const request = new AbortController();
    this.request = request;
    this.lastBytesMs = performance.now();
    void this.read(request).then((reason) => {
      if (this.request !== request) return;
      this.request = null;
      if (reason !== null) this.host.failed(reason);
      else if (++this.emptyBodies > EMPTY_LIMIT)
        this.host.failed('the stream keeps ending without a picture');
      else if (this.mayRetry()) this.timer = setTimeout(() => this.start(), RETRY_MS);
    });
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.request?.abort();
    this.request = null;
  }

  /** Reads one body to its end. Returns why there is none, or null if a retry makes sense. */
  private async read(request: AbortController): Promise<string | null> {
    let response: Response;
    try {
      response = await fetch(this.address, { cache: 'no-store', signal: request.signal });
    } catch {
      return null;
    }
    const why = await refusal(response, this.address);
    if (why !== null || !response.ok) return why;
    const boundary = boundaryOf(response.headers.get('content-type') ?? '');
    if (!boundary || !response.body) return 'stream.mjpg is not a multipart stream';
    const body = response.body.getReader();
    const parts = new MultipartReader(boundary);
    try {
      for (;;) {
        const { done, value } = await body.read();
        if (done || this.request !== request) return null;
        this.lastBytesMs = performance.now();
        this.events.arrived(value.byteLength);
        for (const part of parts.push(value)) {
          this.emptyBodies = 0;
          this.events.part(part);
        }
      }
    } catch (error) {
      const lost =
        error instanceof TypeError || (error instanceof DOMException && error.name === 'AbortError');
      return lost ? null : messageOf(error);
    } finally {
      body.cancel().catch(() => undefined);
    }
  }
}
