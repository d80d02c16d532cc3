// Motion JPEG: the pictures of `stream.mjpg`, each a whole JPEG, onto a canvas. The last resort: needs no video decoder.
//
//   MjpegFeed ──► newest part ──► decodeJpeg ──► MeasuredCanvas
//         └─────► <img> with a new picture ───────────┘
//
// An <img> does not report why no picture comes, so it is used only where the body cannot be read. A picture of a body is
// complete with its last byte. The part's X-Timestamp says when the server received it.

import type { Moments } from './canvas_painter';
import { FedPlayer } from './fed_player';
import { decodeJpeg, pictureOfImage } from './jpeg_decoder';
import { MeasuredCanvas } from './measured_canvas';
import { MjpegFeed } from './mjpeg_feed';
import type { Part } from './multipart';
import type { PlayerHost, PlayerStats } from './player';

/** After this many damaged JPEGs in a row the player gives up. */
const DAMAGED_LIMIT = 10;

export class MjpegPlayer extends FedPlayer {
  readonly kind = 'mjpeg';
  readonly transport = 'HTTP, stream.mjpg';
  private readonly canvas = new MeasuredCanvas(this.host);
  readonly surface = this.canvas.surface;

  protected readonly feed: MjpegFeed;
  private decoding = false;
  private next: Part | null = null;
  private damaged = 0;
  private skipped = 0;

  constructor(host: PlayerHost, base: URL) {
    super(host);
    this.feed = new MjpegFeed(base, host, this.mayRetry, {
      arrived: (bytes) => this.canvas.measure.arrived(performance.now(), bytes),
      // A picture that is repeated keeps the connection alive, and is none.
      part: (part) => part.headers.has('x-repeated') || this.offer(part),
      image: (image) => this.canvas.painter.offer(pictureOfImage(image), null),
    });
  }

  override pause(): void {
    super.pause();
    this.next = null;
    this.canvas.restart();
  }

  stats(): PlayerStats {
    const { hidden, width, height } = this.surface;
    return {
      ...this.canvas.figures(),
      width: hidden ? 0 : width,
      height: hidden ? 0 : height,
      codec: hidden ? '' : 'JPEG',
      skipped: this.skipped,
      detail: '',
    };
  }

  override close(): void {
    super.close();
    this.next = null;
    this.canvas.restart();
  }

  /** Decodes the part. If one is being decoded, the newest part waits and replaces the one that waited. */
  private offer(part: Part): void {
    if (this.next) this.skipped++;
    this.next = part;
    if (!this.decoding) void this.decode();
  }

  private async decode(): Promise<void> {
    this.decoding = true;
    for (let part = this.next; part && !this.closed; part = this.next) {
      this.next = null;
      try {
        const picture = await decodeJpeg(part.body);
        this.damaged = 0;
        if (this.feed.running) this.canvas.painter.offer(picture, momentsOf(part));
        else picture.close();
      } catch {
        if (++this.damaged >= DAMAGED_LIMIT) this.host.failed('the browser cannot decode its JPEG pictures');
      }
    }
    this.decoding = false;
  }
}

/** When the server received the picture of a part; null if the part does not say. */
export function momentsOf(part: Part): Moments | null {
  const seconds = Number(part.headers.get('x-timestamp'));
  return seconds > 0 ? { capturedAtUs: null, receivedAtUs: seconds * 1e6 } : null;
}
