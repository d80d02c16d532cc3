// Which way the pictures of the MJPEG player come.
//
//   stream.mjpg by fetch ──no multipart body──► stream.mjpg in an <img>       (WebKit, old iPhones)
//        ▲ a permit is free
//   snapshot.jpg each second, while the page has as many endless bodies open as it may

import { budgetOf, type BodyPermit } from './body_budget';
import { KEEPS_ENDING } from './body_feed';
import type { Feed } from './fed_player';
import { ImageFeed } from './image_feed';
import type { Part } from './multipart';
import { MultipartFeed, NOT_MULTIPART } from './multipart_feed';
import type { PlayerHost } from './player';
import { SnapshotFeed, SNAPSHOT_EVERY_MS } from './snapshot_feed';

export const SNAPSHOTS =
  'One picture a second: this page plays as many streams over HTTP/1.1 as a browser allows. HTTP/2 in front of the server ends this.';

/** How it shows that a browser gives no multipart body to fetch. */
const UNREADABLE = [NOT_MULTIPART, KEEPS_ENDING];

export interface MjpegFeedEvents {
  arrived(bytes: number): void;
  part(part: Part): void;
  /** A picture is in the <img>. */
  image(image: HTMLImageElement): void;
}

export class MjpegFeed implements Feed {
  private readonly multipart: Feed;
  private readonly image: ImageFeed;
  private readonly snapshots: SnapshotFeed;
  private readonly stream: URL;
  private permit: BodyPermit | null = null;
  private active: Feed | null = null;
  /** A part of the multipart body has come: this browser can read it. */
  private hasPart = false;
  private byImage = !canFetchBodies();

  constructor(
    base: URL,
    private readonly host: Pick<PlayerHost, 'failed' | 'refused' | 'remark'>,
    mayRetry: () => boolean,
    events: MjpegFeedEvents,
  ) {
    this.stream = new URL('stream.mjpg', base);
    const multipartHost = {
      refused: (why: string | null) => host.refused(why),
      failed: (why: string) =>
        !this.hasPart && UNREADABLE.includes(why) ? this.goOnByImage() : host.failed(why),
    };
    this.multipart = new MultipartFeed(this.stream.href, multipartHost, mayRetry, {
      arrived: (bytes) => events.arrived(bytes),
      part: (part) => {
        this.hasPart = true;
        events.part(part);
      },
    });
    this.image = new ImageFeed(this.stream.href, host, mayRetry, (image) => events.image(image));
    this.snapshots = new SnapshotFeed(new URL('snapshot.jpg', base).href, host, mayRetry, (part) => {
      events.arrived(part.body.byteLength);
      events.part(part);
      if (this.active === this.snapshots && this.takePermit()) this.start();
    });
  }

  get running(): boolean {
    return this.active?.running ?? false;
  }

  maybeDead(nowMs: number): boolean {
    return this.active?.maybeDead(nowMs) ?? true;
  }

  start(): void {
    this.active?.stop();
    const hasPermit = this.takePermit();
    this.active = !hasPermit ? this.snapshots : this.byImage ? this.image : this.multipart;
    this.host.remark(hasPermit ? '' : SNAPSHOTS, hasPermit ? null : SNAPSHOT_EVERY_MS);
    this.active.start();
  }

  stop(): void {
    this.active?.stop();
    this.permit?.release();
    this.permit = null;
  }

  private takePermit(): boolean {
    this.permit ??= budgetOf(this.stream).take();
    return this.permit !== null;
  }

  private goOnByImage(): void {
    this.byImage = true;
    this.start();
  }
}

/** Whether this browser can read a body while it comes, and decode pictures outside of an <img>. */
function canFetchBodies(): boolean {
  return 'createImageBitmap' in window && 'ReadableStream' in window;
}
