// WebCodecs to a canvas: the frames of `ws/live`, decoded one by one; each repaint shows the newest picture.
//
//   FramePlayer ──► VideoDecoder ──► canvas
//                        └ error: new decoder, next keyframe
//
// Annex B without `description` and with `optimizeForLatency`: the decoder holds no frame back. A joining burst is decoded
// whole and only its newest picture is drawn. Latency is measured at the repaint that shows the picture; the display adds
// its own.

import type { Frame } from '../wire/frame';
import type { ConfigMessage } from '../wire/message';
import { pictureOfFrame } from './canvas_painter';
import { colorSpaceOf } from './color_space';
import { QUEUE_BUSY } from './decode_policy';
import { FramePlayer } from './frame_player';
import { messageOf } from './player';

/** After this time the pictures of a burst are drawn even if it is not yet decoded to its end. */
const BURST_DRAW_MS = 250;
/** After this many decoder errors in a row, without a picture, the player gives up. */
const ERRORS_LIMIT = 4;

export class WebCodecsPlayer extends FramePlayer {
  readonly kind = 'webcodecs';
  protected override readonly heldLimit = 8;
  private decoder: VideoDecoder | null = null;
  private errors = 0;

  override config(config: ConfigMessage): void {
    void this.refuseUnsupported(config);
    super.config(config);
  }

  protected queueLength(): number {
    return this.decoder?.decodeQueueSize ?? 0;
  }

  /** A burst's frames come faster than they were captured. The first one that does not, with a short queue, is live. */
  protected burstIsOver(frame: Frame, queue: number, nowMs: number): boolean {
    if (queue >= QUEUE_BUSY || this.previous === null) return false;
    return (nowMs - this.previous.atMs) * 1000 > (frame.ptsUs - this.previous.ptsUs) / 2;
  }

  protected idOf(frame: Frame): number {
    return frame.ptsUs;
  }

  protected feed(frame: Frame): void {
    const type = frame.key ? 'key' : 'delta';
    try {
      this.decoder?.decode(new EncodedVideoChunk({ type, timestamp: frame.ptsUs, data: frame.payload }));
    } catch (error) {
      this.onDecoderError(messageOf(error));
    }
  }

  protected openDecoder(config: ConfigMessage): void {
    this.closeDecoder();
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => (this.decoder === decoder ? this.onPicture(frame) : frame.close()),
      error: (error) => this.decoder === decoder && this.onDecoderError(error.message),
    });
    this.decoder = decoder;
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
      this.onDecoderError(messageOf(error));
    }
  }

  protected closeDecoder(): void {
    const decoder = this.decoder;
    this.decoder = null;
    if (decoder && decoder.state !== 'closed') decoder.close();
  }

  protected override onDecoderError(reason: string): void {
    if (this.closed) return;
    if (++this.errors >= ERRORS_LIMIT) {
      this.closeDecoder();
      this.fail(reason);
      return;
    }
    this.renewDecoder();
    this.host.requestKeyframe();
  }

  /** True in the middle of a burst. */
  protected override pictureIsNear(): boolean {
    if (this.burstSinceMs === null || performance.now() - this.burstSinceMs > BURST_DRAW_MS) return false;
    return this.inDecoder.size > (this.configuration?.reorderDepth ?? 0);
  }

  private onPicture(frame: VideoFrame): void {
    const moments = this.inDecoder.get(frame.timestamp) ?? null;
    for (const pts of this.inDecoder.keys()) if (pts <= frame.timestamp) this.inDecoder.delete(pts);
    this.errors = 0;
    this.show(pictureOfFrame(frame, this.configuration), moments);
  }

  private async refuseUnsupported(config: ConfigMessage): Promise<void> {
    const { codec, width, height } = config;
    const answer = await VideoDecoder.isConfigSupported({
      codec,
      codedWidth: width,
      codedHeight: height,
    }).catch(() => null);
    if (this.configuration === config && !answer?.supported)
      this.fail(`this browser does not decode ${codec} at ${width}×${height}`);
  }
}
