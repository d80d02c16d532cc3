// The connection to an endless HTTP body, such as `stream.mjpg`.
//
//   fetch ──► reader(response) ──► push(bytes) …
//    ▲  ├─ the viewer limit is reached: refused(reason), fetched again later
//    │  └─ refused, or not readable: failed(reason)
//    └──retry── ended or lost: fetched again while the page's own connection is open
//
// However a body ends, its request is aborted: some browsers keep the connection of one that is merely not read, and a page has six.

import { retryDelayMs } from '../wire/retry';
import type { Feed } from './fed_player';
import { messageOf, type PlayerHost } from './player';
import { refusal } from './refusal';

const RETRY_MS = 500;
/** After this silence the body may be dead, if the page's own connection had to reconnect. */
const SILENT_MS = 1000;
/** After this many bodies in a row without anything in them the feed fails. */
const EMPTY_LIMIT = 4;
/** A body that lasts longer does not count as one of these: the camera is silent, and a proxy has ended the body. */
const EMPTY_WITHIN_MS = 5000;
export const KEEPS_ENDING = 'the stream keeps ending without a picture';
/** How the server's sentence about the viewer limit begins. */
const FULL = /^the viewer limit/i;

/** Takes the bytes of one body; true when something in it is complete. Throws if it is not what it should be. */
export type BodyReader = (bytes: Uint8Array) => boolean;

export class BodyFeed implements Feed {
  private request: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private lastBytesMs = 0;
  private emptyBodies = 0;

  /**
   * An address that may change is asked for at each start. `host` hears of refusals and failures. `mayRetry` says whether a
   * lost connection is opened again. `open` gives the reader of a body, or a sentence if it is none.
   */
  constructor(
    private readonly address: string | (() => string),
    private readonly host: Pick<PlayerHost, 'failed' | 'refused'>,
    private readonly mayRetry: () => boolean,
    private readonly open: (response: Response) => BodyReader | string,
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
    const startedMs = (this.lastBytesMs = performance.now());
    void this.read(request).then((reason) => {
      request.abort();
      if (this.request !== request) return;
      this.request = null;
      if (performance.now() - startedMs > EMPTY_WITHIN_MS) this.emptyBodies = 0;
      this.onEnd(reason);
    });
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.request?.abort();
    this.request = null;
  }

  private onEnd(reason: string | null): void {
    if (reason !== null && FULL.test(reason)) {
      this.host.refused(reason);
      if (this.mayRetry()) this.retry(retryDelayMs('full', Math.random()));
    } else if (reason !== null) this.host.failed(reason);
    else if (++this.emptyBodies > EMPTY_LIMIT) this.host.failed(KEEPS_ENDING);
    else if (this.mayRetry()) this.retry(RETRY_MS);
  }

  private retry(ms: number): void {
    this.timer = setTimeout(() => this.start(), ms);
  }

  /** Reads one body to its end. Returns why there is none, or null if a retry makes sense. */
  private async read(request: AbortController): Promise<string | null> {
    let response: Response;
    try {
      const address = typeof this.address === 'string' ? this.address : this.address();
      response = await fetch(address, { cache: 'no-store', signal: request.signal });
      const why = await refusal(response, address);
      if (why !== null || !response.ok) return why;
    } catch {
      return null;
    }
    const reader = this.open(response);
    if (typeof reader === 'string') return reader;
    if (!response.body) return 'this browser does not read endless bodies';
    const body = response.body.getReader();
    let first = true;
    try {
      for (;;) {
        const { done, value } = await body.read();
        if (done || this.request !== request) return null;
        this.lastBytesMs = performance.now();
        if (!reader(value)) continue;
        this.emptyBodies = 0;
        if (first) this.host.refused(null);
        first = false;
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
