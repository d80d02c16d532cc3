// `snapshot.jpg` again and again: short requests, for a page that has as many endless bodies open as it may.
//
//   fetch ──► part(…) ──EVERY_MS──► fetch        no answer, or 503: tried again, more slowly

import type { Feed } from './fed_player';
import type { Part } from './multipart';
import type { PlayerHost } from './player';
import { refusal } from './refusal';

export const SNAPSHOT_EVERY_MS = 1000;
const FAILED_EVERY_MS = 3000;
const ANSWER_LIMIT_MS = 10_000;
/** After so many refusals in a row the feed fails: the camera is there, and makes no JPEG. */
const REFUSALS_LIMIT = 5;

export class SnapshotFeed implements Feed {
  private request: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private refusals = 0;

  constructor(
    private readonly address: string,
    private readonly host: Pick<PlayerHost, 'failed'>,
    private readonly mayRetry: () => boolean,
    private readonly part: (part: Part) => void,
  ) {}

  get running(): boolean {
    return this.request !== null || this.timer !== null;
  }

  maybeDead(): boolean {
    return this.request === null;
  }

  start(): void {
    this.stop();
    const request = new AbortController();
    this.request = request;
    const limit = setTimeout(() => request.abort(), ANSWER_LIMIT_MS);
    void this.ask(request).then((delayMs) => {
      clearTimeout(limit);
      request.abort();
      if (this.request !== request) return;
      this.request = null;
      if (delayMs !== null && this.mayRetry()) this.timer = setTimeout(() => this.start(), delayMs);
    });
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.request?.abort();
    this.request = null;
  }

  /** Returns when to ask again; null if the feed has failed. */
  private async ask(request: AbortController): Promise<number | null> {
    try {
      const response = await fetch(this.address, { cache: 'no-store', signal: request.signal });
      const why = await refusal(response, this.address);
      if (!response.ok || why !== null) {
        if (this.request !== request || why === null || ++this.refusals < REFUSALS_LIMIT)
          return FAILED_EVERY_MS;
        this.host.failed(why);
        return null;
      }
      const body = new Uint8Array(await response.arrayBuffer());
      if (this.request !== request) return null;
      this.refusals = 0;
      this.part({ headers: new Map([...response.headers]), body });
      return SNAPSHOT_EVERY_MS;
    } catch {
      return FAILED_EVERY_MS;
    }
  }
}
