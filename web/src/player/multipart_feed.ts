// The parts of `stream.mjpg`, read as an endless body.
//
//   fetch ──► MultipartReader ──► part(…)
//    ▲  └─ refused for good, or no picture stream: failed(reason)
//    └──retry── ended or lost: tried again while the page's own connection stands

import type { Feed } from './fed_player';
import { boundaryOf, MultipartReader, type Part } from './multipart';
import { messageOf } from './player';
import { refusal } from './why_not';

const RETRY_MS = 500;
/** Silence that makes a body suspect when the page's own connection had to be made anew. */
const SILENT_MS = 1000;
/** Bodies in a row that end without a part, after which none is expected. */
const EMPTY_LIMIT = 10;

export interface MultipartFeedEvents {
  /** So many bytes have come. */
  arrived(bytes: number): void;
  part(part: Part): void;
  /** There will be no parts. */
  failed(reason: string): void;
}

export class MultipartFeed implements Feed {
  private request: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private heard = 0;
  private empty = 0;

  /** `retry` says whether trying again makes sense now. */
  constructor(private readonly address: string, private readonly events: MultipartFeedEvents, private readonly retry: () => boolean) {}

  get running(): boolean {
    return this.request !== null;
  }

  suspect(nowMs: number): boolean {
    return nowMs - this.heard > SILENT_MS;
  }

  start(): void {
    this.stop();
    const request = new AbortController();
    this.request = request;
    this.heard = performance.now();
    void this.read(request).then((reason) => {
      if (this.request !== request) return;
      this.request = null;
      if (reason !== null) this.events.failed(reason);
      else if (++this.empty > EMPTY_LIMIT) this.events.failed('the stream ends again and again without a picture');
      else if (this.retry()) this.timer = setTimeout(() => this.start(), RETRY_MS);
    });
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.request?.abort();
    this.request = null;
  }

  /** Reads one body to its end; why there is none, or null when trying again makes sense. */
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
    if (!boundary || !response.body) return 'stream.mjpg is no picture stream';
    const body = response.body.getReader();
    const parts = new MultipartReader(boundary);
    try {
      for (;;) {
        const { done, value } = await body.read();
        if (done || this.request !== request) return null;
        this.heard = performance.now();
        this.events.arrived(value.byteLength);
        for (const part of parts.push(value)) {
          this.empty = 0;
          this.events.part(part);
        }
      }
    } catch (error) {
      const lost = error instanceof TypeError || (error instanceof DOMException && error.name === 'AbortError');
      return lost ? null : messageOf(error);
    } finally {
      body.cancel().catch(() => undefined);
    }
  }
}
