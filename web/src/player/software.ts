// H.264 decoded in software: frames of `ws/live`, by tinyh264 (WebAssembly) in a worker, onto a canvas.
//
//   FramePlayer ──► worker: decode ──► newest picture ──► RGBA ──► canvas
//                        └ done(id): length of its queue
//
// For browsers without H.264. The decoder supports Baseline only, which the codec string shows beforehand. A joining
// burst is decoded whole and only its newest picture is converted to RGBA.

import type { Frame } from '../wire/frame';
import type { ConfigMessage } from '../wire/message';
import { softwareObstacle } from './baseline';
import { pictureOfImageData, stretched } from './canvas_painter';
import { QUEUE_BUSY } from './decode_policy';
import { FramePlayer } from './frame_player';
import type { FromWorker, ToWorker } from './h264_worker';
import H264Worker from './h264_worker?worker&inline';
import type { PlayerHost } from './player';

/** How long the worker may take to start. */
const READY_LIMIT_MS = 10_000;

export class SoftwarePlayer extends FramePlayer {
  readonly kind = 'broadway';
  /** The size of the decoder's buffer for one access unit. */
  protected override readonly unitLimitBytes = 1024 * 1024;
  private readonly worker = new H264Worker();
  private generation = 0;
  private readonly readyTimer = setTimeout(() => this.fail('the decoder does not start'), READY_LIMIT_MS);

  constructor(host: PlayerHost) {
    super(host);
    this.worker.onmessage = (event: MessageEvent<FromWorker>) => this.onAnswer(event.data);
    this.worker.onerror = (event) => this.fail(event.message || 'the decoder cannot be loaded');
  }

  override config(config: ConfigMessage): void {
    const obstacle = softwareObstacle(config.codec, config.reorderDepth);
    if (obstacle) this.fail(obstacle);
    else super.config(config);
  }

  protected queueLength(): number {
    return this.inDecoder.size;
  }

  protected burstIsOver(frame: Frame, queue: number): boolean {
    return queue < QUEUE_BUSY && !frame.key;
  }

  protected idOf(frame: Frame): number {
    return frame.sequence;
  }

  protected feed(frame: Frame): void {
    const message = {
      type: 'decode',
      generation: this.generation,
      id: frame.sequence,
      unit: frame.payload,
    } as const;
    this.send(message, [frame.payload.buffer]);
  }

  protected openDecoder({ width, height, colours, crop }: ConfigMessage): void {
    this.send({ type: 'begin', generation: ++this.generation, width, height, colours, crop });
  }

  protected closeDecoder(): void {
    clearTimeout(this.readyTimer);
    this.worker.terminate();
  }

  private send(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  private onAnswer(answer: FromWorker): void {
    if (this.closed) return;
    if (answer.type === 'ready') return clearTimeout(this.readyTimer);
    if (answer.type === 'failed') return this.fail(answer.reason);
    if (answer.generation !== this.generation) return;
    const moments = this.inDecoder.get(answer.id) ?? null;
    if (answer.type === 'done') {
      // The moments of the newest frame are kept until its picture comes.
      for (const id of this.inDecoder.keys()) if (id < answer.id) this.inDecoder.delete(id);
      return;
    }
    this.inDecoder.delete(answer.id);
    const picture = pictureOfImageData(new ImageData(answer.rgba, answer.width, answer.height));
    this.show(stretched(picture, this.configuration?.pixelAspect ?? [1, 1]), moments);
  }
}
