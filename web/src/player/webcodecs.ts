// WebCodecs to a canvas: frames of `ws/live`, decoded one by one, the newest shown at the next repaint.
//
//   frame ──► policy ──► VideoDecoder ──► CanvasPainter ──► canvas
//               └ drop       └ error: new decoder, next keyframe
//
// Annex B without `description`, `optimizeForLatency`: no frame is held back. A joining burst is decoded whole and only
// its newest picture is drawn. Latency is measured at the repaint that shows the picture; the display adds its own.

import { clientNowUs } from '../wire/clock';
import type { Frame } from '../wire/frame';
import type { ConfigMessage } from '../wire/message';
import { CanvasPainter, ofFrame, type Moments } from './canvas_painter';
import { chooseDecode, QUEUE_BUSY, QUEUE_LIMIT } from './decode_policy';
import { Meter } from './meter';
import { colorSpaceOf } from './color_space';
import { messageOf, type LatencyFrom, type Player, type PlayerHost, type PlayerStats } from './player';

/** A burst is drawn from here on even when it is not yet decoded to its end. */
const CATCH_UP_DRAW_MS = 250;
/** No burst takes longer. */
const CATCH_UP_LIMIT_MS = 4000;
/** Decoder errors without a picture in between, after which the player gives up. */
const ERRORS_LIMIT = 4;
/** A decoder that takes frames and gives no picture for this long counts as failed. */
const SILENT_LIMIT_MS = 4000;

export class WebCodecsPlayer implements Player {
  readonly kind = 'webcodecs';
  readonly transport = 'WebSocket, ws/live';
  readonly takesFrames = true;
  readonly painter = new CanvasPainter(() => this.moreToCome(), (moments, now) => this.onPainted(moments, now));
  readonly surface = this.painter.surface;

  private decoder: VideoDecoder | null = null;
  private configuration: ConfigMessage | null = null;
  private waitingForKey = true;
  private catchUpSince: number | null = null;
  private overloadedSince: number | null = null;
  private inDecoder = new Map<number, Moments>();
  private paused = false;
  private closed = false;
  private arrived: { atMs: number; ptsUs: number } | null = null;
  private expected: number | null = null;
  private errors = 0;
  private fedSince: number | null = null;
  private skipped = 0;
  private latencyFrom: LatencyFrom = 'received';
  private readonly shown = new Meter();
  private readonly received = new Meter();
  private readonly latency = new Meter(1000);

  constructor(private readonly host: PlayerHost) {}

  start(): void {}

  linkOpened(): void {
    this.startOver();
  }

  linkEnded(): void {
    this.startOver();
  }

  config(config: ConfigMessage): void {
    this.configuration = config;
    this.waitingForKey = true;
    void this.refuseUnsupported(config);
    this.renewDecoder();
  }

  skip(): void {
    this.arrived = null;
    this.waitingForKey = true;
    this.catchUpSince = performance.now();
  }

  frame(frame: Frame, bytes: number): void {
    const now = performance.now();
    this.received.add(now, bytes * 8);
    if (this.expected !== null && frame.sequence > this.expected) this.skipped += frame.sequence - this.expected;
    this.expected = frame.sequence + 1;
    if (this.paused || !this.configuration) return;
    const queue = this.decoder?.decodeQueueSize ?? 0;
    if (this.catchUpSince !== null && this.burstIsOver(frame, now, queue)) this.catchUpSince = null;
    this.arrived = { atMs: now, ptsUs: frame.ptsUs };
    this.overloadedSince = queue >= QUEUE_LIMIT ? (this.overloadedSince ?? now) : null;
    const overloadedMs = this.overloadedSince === null ? 0 : now - this.overloadedSince;
    const catchingUp = this.catchUpSince !== null;
    const view = { waitingForKey: this.waitingForKey, queue, overloadedMs, catchingUp };
    switch (chooseDecode(frame, view)) {
      case 'restart':
        if (!view.catchingUp) this.skipped += queue;
        this.renewDecoder();
        this.decode(frame, now);
        break;
      case 'decode':
        this.decode(frame, now);
        break;
      case 'resync':
        this.waitingForKey = true;
        this.host.askKeyframe();
        this.skipped++;
        break;
      case 'drop':
        if (this.waitingForKey) this.host.askKeyframe();
        this.skipped++;
    }
  }

  pause(): void {
    this.paused = true;
    this.startOver();
  }

  resume(): void {
    this.paused = false;
    this.startOver();
    this.host.askKeyframe(); // where the camera can, the way back is shorter
  }

  stats(): PlayerStats {
    const now = performance.now();
    const latencyMs = this.latency.mean(now);
    return {
      latency: latencyMs === null ? null : { ms: latencyMs, from: this.latencyFrom },
      fps: this.shown.perSecond(now),
      width: this.configuration ? this.surface.width : 0,
      height: this.configuration ? this.surface.height : 0,
      codec: this.configuration?.codec ?? '',
      bitRate: this.received.perSecond(now),
      skipped: this.skipped,
      replaced: this.painter.replaced,
      bufferedMs: null,
      detail: `${this.inDecoder.size} in decoder`,
    };
  }

  close(): void {
    this.closed = true;
    this.startOver();
    this.dropDecoder();
    this.painter.onFrame = null;
  }

  /** Forgets what is under way; the next frame is the first of a new burst. */
  private startOver(): void {
    this.expected = null;
    this.arrived = null;
    this.waitingForKey = true;
    this.catchUpSince = performance.now();
    this.fedSince = null;
    this.received.clear();
    this.latency.clear();
    this.painter.clear();
    if (this.decoder && this.decoder.decodeQueueSize > 0) this.renewDecoder();
  }

  /** A burst's frames come faster than they were taken; the first that does not, with little waiting, is live. */
  private burstIsOver(frame: Frame, now: number, queue: number): boolean {
    if (now - (this.catchUpSince ?? now) > CATCH_UP_LIMIT_MS) return true;
    return queue < QUEUE_BUSY && this.arrived !== null && (now - this.arrived.atMs) * 1000 > (frame.ptsUs - this.arrived.ptsUs) / 2;
  }

  private decode(frame: Frame, now: number): void {
    if (!this.decoder) return;
    this.waitingForKey = false;
    this.inDecoder.set(frame.ptsUs, { capturedAtUs: frame.capturedAtUs, receivedAtUs: frame.receivedAtUs });
    this.fedSince ??= now;
    const silent = this.inDecoder.size > 8 && now - this.fedSince > SILENT_LIMIT_MS;
    try {
      this.decoder.decode(
        new EncodedVideoChunk({ type: frame.key ? 'key' : 'delta', timestamp: frame.ptsUs, data: frame.payload }),
      );
      if (silent) this.onError('it takes frames and gives no pictures');
    } catch (error) {
      this.onError(messageOf(error));
    }
  }

  private renewDecoder(): void {
    this.dropDecoder();
    const config = this.configuration;
    if (!config || this.closed) return;
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => (this.decoder === decoder ? this.onPicture(frame) : frame.close()),
      error: (error) => this.decoder === decoder && this.onError(error.message),
    });
    this.decoder = decoder;
    this.catchUpSince = performance.now();
    try {
      decoder.configure({
        codec: config.codec,
        codedWidth: config.width,
        codedHeight: config.height,
        colorSpace: colorSpaceOf(config.colours),
        optimizeForLatency: true,
        hardwareAcceleration: 'no-preference',
      });
    } catch (error) {
      this.onError(messageOf(error));
    }
  }

  private dropDecoder(): void {
    const decoder = this.decoder;
    this.decoder = null;
    this.inDecoder.clear();
    this.overloadedSince = null;
    this.fedSince = null;
    if (decoder && decoder.state !== 'closed') decoder.close();
  }

  private onPicture(frame: VideoFrame): void {
    const moments = this.inDecoder.get(frame.timestamp) ?? null;
    for (const pts of this.inDecoder.keys()) if (pts <= frame.timestamp) this.inDecoder.delete(pts);
    this.errors = 0;
    this.fedSince = this.inDecoder.size > 0 ? performance.now() : null;
    this.painter.offer(ofFrame(frame), moments, this.catchUpSince !== null);
  }

  /** In the middle of a burst: a newer picture is about to come out of the decoder. */
  private moreToCome(): boolean {
    if (this.catchUpSince === null || performance.now() - this.catchUpSince > CATCH_UP_DRAW_MS) return false;
    return this.inDecoder.size > (this.configuration?.reorderDepth ?? 0);
  }

  private onPainted(moments: Moments | null, now: number): void {
    this.shown.add(now);
    if (moments) this.measure(moments, now);
    this.host.pictureShown();
  }

  private measure(moments: Moments, now: number): void {
    const serverNowUs = this.host.clock.serverNowUs(clientNowUs());
    if (serverNowUs === null) return;
    const from: LatencyFrom = moments.capturedAtUs === null ? 'received' : 'capture';
    if (from !== this.latencyFrom) this.latency.clear();
    this.latencyFrom = from;
    this.latency.add(now, (serverNowUs - (moments.capturedAtUs ?? moments.receivedAtUs)) / 1000);
  }

  private onError(reason: string): void {
    if (this.closed) return;
    this.waitingForKey = true;
    if (++this.errors >= ERRORS_LIMIT) {
      this.dropDecoder();
      this.host.failed(reason);
      return;
    }
    this.renewDecoder();
    this.host.askKeyframe();
  }

  private async refuseUnsupported(config: ConfigMessage): Promise<void> {
    const { codec, width, height } = config;
    const answer = await VideoDecoder.isConfigSupported({ codec, codedWidth: width, codedHeight: height }).catch(() => null);
    if (this.closed || this.configuration !== config || answer?.supported) return;
    this.host.failed(`this browser does not decode ${codec} at ${width}×${height}`);
  }
}
