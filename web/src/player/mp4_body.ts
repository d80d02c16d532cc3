// Media Source Extensions fed over plain HTTP: `stream.mp4`, where no WebSocket passes.
//
//   BodyFeed ──► Mp4Splitter ──init, fragments──► MsePlayer
//
// The body does not give the server's clock at media time 0, so no latency is shown. It goes on when the stream changes, by the
// parameter sets in its keyframes; but browsers keep the shape of the pictures from the init segment, so it is fetched again then.

import { budgetOf, type BodyPermit } from './body_budget';
import { BodyFeed } from './body_feed';
import type { Feed } from './fed_player';
import { codecOfInit, hasOpus, Mp4Splitter, spsOfFragment } from './mp4_splitter';
import { MsePlayer } from './mse';
import type { FeedEvents } from './mse_feed';
import type { PlayerHost } from './player';

export class Mp4BodyPlayer extends MsePlayer {
  override readonly kind = 'mp4';
  override readonly transport = 'HTTP, stream.mp4';

  protected override openFeed(base: URL, host: PlayerHost, events: FeedEvents): Feed {
    return new PermittedFeed(base, host, mp4BodyFeed(base, host, this.mayRetry, this.listens, events));
  }
}

/** A body that plays only while the page may open another one. */
class PermittedFeed implements Feed {
  private permit: BodyPermit | null = null;

  constructor(
    private readonly base: URL,
    private readonly host: Pick<PlayerHost, 'failed'>,
    private readonly feed: Feed,
  ) {}

  get running(): boolean {
    return this.feed.running;
  }

  maybeDead(nowMs: number): boolean {
    return this.feed.maybeDead(nowMs);
  }

  start(): void {
    this.permit ??= budgetOf(this.base).take();
    if (this.permit) this.feed.start();
    else
      queueMicrotask(() =>
        this.host.failed('this page plays as many streams over HTTP/1.1 as a browser allows'),
      );
  }

  stop(): void {
    this.feed.stop();
    this.permit?.release();
    this.permit = null;
  }
}

/** The connection to `stream.mp4` in the tree at `base`; with sound while `listens()`. */
export function mp4BodyFeed(
  base: URL,
  host: Pick<PlayerHost, 'failed' | 'refused'>,
  mayRetry: () => boolean,
  listens: () => boolean,
  events: FeedEvents,
): BodyFeed {
  const address = () => new URL(`stream.mp4?audio=${listens() ? 1 : 0}`, base).href;
  const feed: BodyFeed = new BodyFeed(address, host, mayRetry, () => {
    const splitter = new Mp4Splitter();
    let first = true;
    let sps: string | null = null;
    return (bytes) => {
      const segments = splitter.push(bytes);
      for (const segment of segments) {
        if (segment.kind === 'fragment') {
          const own = spsOfFragment(segment.bytes);
          if (own !== null && sps !== null && own !== sps) {
            queueMicrotask(() => feed.running && feed.start());
            return true;
          }
          sps ??= own;
          events.fragment(segment.bytes.buffer);
          continue;
        }
        const codec = codecOfInit(segment.bytes);
        if (!codec) throw new Error('the stream has no H.264');
        const mime = `video/mp4; codecs="${codec}${hasOpus(segment.bytes) ? ',Opus' : ''}"`;
        events.init({ mime, width: 0, height: 0, epochUs: null }, segment.bytes.buffer, first);
        first = false;
      }
      return segments.length > 0;
    };
  });
  return feed;
}
