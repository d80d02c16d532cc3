// Motion JPEG: the pictures of `stream.mjpg`, each a whole JPEG, onto a canvas. The last resort: needs no video decoder.
//
//   fetch ──► MultipartReader ──► newest part ──► createImageBitmap ──► CanvasPainter
//
// An <img> could show the stream, but says nothing about it: not when a picture came, nor that none does, nor why. Read
// as a body, a picture is complete with its last byte. A picture's moment is in the part's X-Timestamp.

import { CanvasPainter, ofBitmap, type Moments } from './canvas_painter';
import { Measure } from './measure';
import { boundaryOf, MultipartReader, type Part } from './multipart';
import { messageOf, type Player, type PlayerHost, type PlayerStats } from './player';
import { refusal } from './why_not';

const RETRY_MS = 500;
/** Silence that makes a body suspect when the page's own connection had to be made anew. */
const SILENT_MS = 1000;
/** JPEGs in a row that the browser cannot read, after which the player gives up. */
const DAMAGED_LIMIT = 10;
/** Bodies in a row that end without a picture, after which the player gives up. */
const EMPTY_LIMIT = 10;

export class MjpegPlayer implements Player {
  readonly kind = 'mjpeg';
  readonly transport = 'HTTP, stream.mjpg';
  readonly takesFrames = false;
  private readonly measure: Measure;
  private readonly painter = new CanvasPainter(() => false, (moments, now) => {
    this.measure.painted(now, moments);
    this.host.pictureShown();
  });
  readonly surface = this.painter.surface;

  private readonly address: string;
  private request: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private decoding = false;
  private next: Part | null = null;
  private heard = 0;
  private damaged = 0;
  private empty = 0;
  private skipped = 0;
  private linked = false;
  private paused = false;
  private closed = false;

  constructor(private readonly host: PlayerHost, base: URL) {
    this.measure = new Measure(host.clock);
    this.address = new URL('stream.mjpg', base).href;
  }

  linkOpened(): void {
    this.linked = true;
    if (!this.paused && (!this.request || performance.now() - this.heard > SILENT_MS)) this.start();
  }

  linkEnded(): void {
    this.linked = false;
  }

  config(): void {}
  skip(): void {}
  frame(): void {}

  pause(): void {
    this.paused = true;
    this.stop();
    this.painter.clear();
    this.measure.restart();
  }

  resume(): void {
    this.paused = false;
    if (this.linked) this.start();
  }

  stats(): PlayerStats {
    const { hidden, width, height } = this.surface;
    return {
      ...this.measure.figures(performance.now()),
      width: hidden ? 0 : width,
      height: hidden ? 0 : height,
      codec: hidden ? '' : 'JPEG',
      skipped: this.skipped,
      replaced: this.painter.replaced,
      bufferedMs: null,
      detail: '',
    };
  }

  close(): void {
    this.closed = true;
    this.stop();
    this.painter.clear();
  }

  private stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.request?.abort();
    this.request = null;
    this.next = null;
  }

  start(): void {
    this.stop();
    const request = new AbortController();
    this.request = request;
    this.heard = performance.now();
    void this.read(request).then((reason) => {
      if (this.request !== request) return;
      this.request = null;
      if (reason !== null) this.host.failed(reason);
      else if (++this.empty > EMPTY_LIMIT) this.host.failed('the stream ends again and again without a picture');
      else if (this.linked && !this.paused && !this.closed) this.timer = setTimeout(() => this.start(), RETRY_MS);
    });
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
        this.measure.arrived(this.heard, value.byteLength);
        for (const part of parts.push(value)) this.offer(part);
      }
    } catch (error) {
      const lost = error instanceof TypeError || (error instanceof DOMException && error.name === 'AbortError');
      return lost ? null : messageOf(error);
    } finally {
      body.cancel().catch(() => undefined);
    }
  }

  /** Takes a picture; while one is being decoded, the newest waits and others are left out. */
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
        const bitmap = await createImageBitmap(new Blob([part.body], { type: 'image/jpeg' }));
        this.damaged = this.empty = 0;
        if (this.request) this.painter.offer(ofBitmap(bitmap), momentsOf(part));
        else bitmap.close();
      } catch {
        if (++this.damaged >= DAMAGED_LIMIT) this.host.failed('its pictures cannot be decoded');
      }
    }
    this.decoding = false;
  }
}

/** When the picture of a part came to the server. */
export function momentsOf(part: Part): Moments | null {
  const seconds = Number(part.headers.get('x-timestamp'));
  return seconds > 0 ? { capturedAtUs: null, receivedAtUs: seconds * 1e6 } : null;
}
