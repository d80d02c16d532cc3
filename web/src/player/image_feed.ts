// `stream.mjpg` in an <img>, for browsers that give no multipart body to fetch: WebKit, and so all browsers of iPhones.
//
//   <img> ──load, or other pixels──► picture()       error ──► again ──third in a row──► failed
//
// Some browsers report each part of the body with `load`, others only the first, so the pixels are compared, too. The <img> is
// on no page: the pictures are drawn onto the player's canvas.

import type { Feed } from './fed_player';
import type { PlayerHost } from './player';

const RETRY_MS = 1000;
const ERRORS_LIMIT = 3;
/** After this silence the body may be dead, if the page's own connection had to reconnect. */
const SILENT_MS = 3000;
const COMPARE_EVERY_MS = 100;
/** Pictures are compared at this size, in pixels. */
const SAMPLE = { width: 32, height: 18 };

export class ImageFeed implements Feed {
  private image: HTMLImageElement | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private comparing: ReturnType<typeof setInterval> | null = null;
  private errors = 0;
  private pictureMs = 0;
  private sample = '';
  private readonly context: CanvasRenderingContext2D | null;

  /** `picture` is called for each new picture, with the <img> that shows it. */
  constructor(
    private readonly address: string,
    private readonly host: Pick<PlayerHost, 'failed'>,
    private readonly mayRetry: () => boolean,
    private readonly picture: (image: HTMLImageElement) => void,
  ) {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, SAMPLE);
    this.context = canvas.getContext('2d', { willReadFrequently: true });
  }

  get running(): boolean {
    return this.image !== null;
  }

  maybeDead(nowMs: number): boolean {
    return nowMs - this.pictureMs > SILENT_MS;
  }

  start(): void {
    this.stop();
    const image = document.createElement('img');
    this.image = image;
    this.pictureMs = performance.now();
    image.crossOrigin = 'anonymous'; // else the canvas could not be read
    image.onload = () => this.onPicture(image);
    image.onerror = () => this.onError();
    image.src = this.address;
    this.comparing = setInterval(() => this.compare(image), COMPARE_EVERY_MS);
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    if (this.comparing) clearInterval(this.comparing);
    this.timer = this.comparing = null;
    const image = this.image;
    this.image = null;
    if (!image) return;
    image.onload = image.onerror = null;
    image.removeAttribute('src'); // aborts the request
  }

  private onPicture(image: HTMLImageElement): void {
    this.errors = 0;
    this.pictureMs = performance.now();
    this.sample = this.sampleOf(image);
    this.picture(image);
  }

  private onError(): void {
    this.stop();
    if (++this.errors >= ERRORS_LIMIT) this.host.failed('the browser cannot show stream.mjpg');
    else if (this.mayRetry()) this.timer = setTimeout(() => this.start(), RETRY_MS);
  }

  private compare(image: HTMLImageElement): void {
    if (image.naturalWidth > 0 && this.sampleOf(image) !== this.sample) this.onPicture(image);
  }

  private sampleOf(image: HTMLImageElement): string {
    const { width, height } = SAMPLE;
    this.context?.drawImage(image, 0, 0, width, height);
    return this.context?.getImageData(0, 0, width, height).data.join() ?? '';
  }
}
