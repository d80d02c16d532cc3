// H.264 decoded in software: frames of `ws/live`, by tinyh264 (WebAssembly) in a worker, onto a canvas.
//
//   frame ──► policy ──► worker: decode ──► newest picture ──► RGBA ──► CanvasPainter ──► canvas
//               └ drop        └ done(id): how many wait
//
// For browsers without H.264. The decoder plays Baseline only, which is told from the codec string beforehand. A
// joining burst is decoded whole and only its newest picture is turned into RGBA.

import type { Frame } from '../wire/frame';
import type { ConfigMessage } from '../wire/message';
import { softwareLack } from './baseline';
import { CanvasPainter, ofImageData, type Moments } from './canvas_painter';
import { chooseDecode, QUEUE_BUSY, QUEUE_LIMIT } from './decode_policy';
import type { FromWorker, ToWorker } from './h264_worker';
import H264Worker from './h264_worker?worker&inline';
import { Measure } from './measure';
import type { Player, PlayerHost, PlayerStats } from './player';

/** The decoder's own buffer for one access unit. */
const UNIT_LIMIT_BYTES = 1024 * 1024;
/** A decoder that takes frames and gives no picture for this long counts as failed. */
const SILENT_LIMIT_MS = 4000;
/** How long the worker may take to begin. */
const READY_LIMIT_MS = 10_000;
/** A burst may keep the worker busy for so long before frames count as late. */
const BURST_LIMIT_MS = 4000;

export class SoftwarePlayer implements Player {
  readonly kind = 'broadway';
  readonly transport = 'WebSocket, ws/live';
  readonly takesFrames = true;
  private readonly measure: Measure;
  private readonly painter = new CanvasPainter(() => false, (moments, now) => {
    this.measure.painted(now, moments);
    this.host.pictureShown();
  });
  readonly surface = this.painter.surface;

  private readonly worker = new H264Worker();
  private configuration: ConfigMessage | null = null;
  private waitingForKey = true;
  /** Frames in the worker, in their order. */
  private waiting = new Map<number, Moments>();
  private catchUpSince: number | null = null;
  private overloadedSince: number | null = null;
  private silentSince: number | null = null;
  private expected: number | null = null;
  private generation = 0;
  private skipped = 0;
  private paused = false;
  private closed = false;
  private readonly readyTimer = setTimeout(() => this.fail('the decoder does not start'), READY_LIMIT_MS);

  constructor(private readonly host: PlayerHost) {
    this.measure = new Measure(host.clock);
    this.worker.onmessage = (event: MessageEvent<FromWorker>) => this.onAnswer(event.data);
    this.worker.onerror = (event) => this.fail(event.message || 'the decoder cannot be loaded');
  }

  start(): void {}

  linkOpened(): void {
    this.startOver();
  }

  linkEnded(): void {
    this.startOver();
  }

  config(config: ConfigMessage): void {
    const lack = softwareLack(config.codec, config.reorderDepth);
    if (lack) return this.fail(lack);
    this.configuration = config;
    this.renewDecoder();
  }

  skip(): void {
    this.waitingForKey = true;
    this.catchUpSince = performance.now();
  }

  frame(frame: Frame, bytes: number): void {
    const now = performance.now();
    this.measure.arrived(now, bytes);
    if (this.expected !== null && frame.sequence > this.expected) this.skipped += frame.sequence - this.expected;
    this.expected = frame.sequence + 1;
    if (this.paused || !this.configuration || this.closed) return;
    const queue = this.waiting.size;
    const burstEnds = queue < QUEUE_BUSY || now - (this.catchUpSince ?? now) > BURST_LIMIT_MS;
    if (burstEnds && !frame.key) this.catchUpSince = null;
    this.overloadedSince = queue >= QUEUE_LIMIT ? (this.overloadedSince ?? now) : null;
    const overloadedMs = this.overloadedSince === null ? 0 : now - this.overloadedSince;
    const view = { waitingForKey: this.waitingForKey, queue, overloadedMs, catchingUp: this.catchUpSince !== null };
    const choice = frame.payload.length > UNIT_LIMIT_BYTES ? 'resync' : chooseDecode(frame, view);
    if (choice === 'decode') return this.decode(frame, now);
    if (choice === 'restart') {
      if (!view.catchingUp) this.skipped += queue;
      this.renewDecoder();
      return this.decode(frame, now);
    }
    this.skipped++;
    if (choice === 'resync') this.waitingForKey = true;
    if (this.waitingForKey) this.host.askKeyframe();
  }

  pause(): void {
    this.paused = true;
    this.startOver();
  }

  resume(): void {
    this.paused = false;
    this.startOver();
    this.host.askKeyframe();
  }

  stats(): PlayerStats {
    const { width, height } = this.configuration ? this.surface : { width: 0, height: 0 };
    return {
      ...this.measure.figures(performance.now()),
      width,
      height,
      codec: this.configuration?.codec ?? '',
      skipped: this.skipped,
      replaced: this.painter.replaced,
      bufferedMs: null,
      detail: `${this.waiting.size} in decoder`,
    };
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.readyTimer);
    this.worker.terminate();
    this.painter.clear();
  }

  /** Forgets what is under way; the next frame is the first of a new burst. */
  private startOver(): void {
    this.expected = null;
    this.measure.restart();
    this.painter.clear();
    if (this.configuration) this.renewDecoder();
  }

  private renewDecoder(): void {
    const config = this.configuration;
    if (!config) return;
    this.waitingForKey = true;
    this.waiting.clear();
    this.silentSince = this.overloadedSince = null;
    this.catchUpSince = performance.now();
    const { width, height, colours } = config;
    this.send({ type: 'begin', generation: ++this.generation, width, height, colours }, []);
  }

  private decode(frame: Frame, now: number): void {
    this.waitingForKey = false;
    this.waiting.set(frame.sequence, { capturedAtUs: frame.capturedAtUs, receivedAtUs: frame.receivedAtUs });
    this.silentSince ??= now;
    this.send({ type: 'decode', generation: this.generation, id: frame.sequence, unit: frame.payload }, [frame.payload.buffer]);
    if (this.waiting.size > 0 && now - this.silentSince > SILENT_LIMIT_MS) this.fail('the decoder takes frames and gives no pictures');
  }

  private send(message: ToWorker, transfer: Transferable[]): void {
    this.worker.postMessage(message, transfer);
  }

  private onAnswer(answer: FromWorker): void {
    if (this.closed) return;
    if (answer.type === 'ready') return clearTimeout(this.readyTimer);
    if (answer.type === 'failed') return this.fail(answer.reason);
    if (answer.generation !== this.generation) return;
    const moments = this.waiting.get(answer.id) ?? null;
    if (answer.type === 'done') {
      // The moments of the newest are kept until its picture comes.
      for (const id of this.waiting.keys()) if (id < answer.id) this.waiting.delete(id);
      return;
    }
    this.silentSince = null;
    this.waiting.delete(answer.id);
    if (!this.paused) this.painter.offer(ofImageData(new ImageData(answer.rgba, answer.width, answer.height)), moments, this.catchUpSince !== null);
  }

  private fail(reason: string): void {
    if (!this.closed) this.host.failed(reason);
  }
}
