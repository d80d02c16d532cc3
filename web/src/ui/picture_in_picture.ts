// Picture in picture: a video goes as it is; a canvas's pictures go through a track into a video of their own.
//
//   canvas painter ─onFrame─► track generator ──► hidden video ──► small window     (Chromium)
//                  └─ or canvas.captureStream() ─┘                                   (others)
//
// The generator keeps going while the page is hidden, when a canvas is not repainted.

import type { Player } from '../player/player';
import { WebCodecsPlayer } from '../player/webcodecs';

interface TrackGenerator extends MediaStreamTrack {
  readonly writable: WritableStream<VideoFrame>;
}
type TrackGeneratorClass = new (init: { kind: 'video' }) => TrackGenerator;

export class PictureInPicture {
  private carrier: HTMLVideoElement | null = null;
  private end: (() => void) | null = null;

  constructor(private readonly changed: (active: boolean) => void) {}

  static usable(): boolean {
    return document.pictureInPictureEnabled === true;
  }

  get active(): boolean {
    return Boolean(document.pictureInPictureElement);
  }

  async toggle(player: Player): Promise<void> {
    if (this.active) return document.exitPictureInPicture();
    const { surface } = player;
    const video = surface instanceof HTMLVideoElement ? surface : await this.carry(player, surface);
    video.addEventListener('leavepictureinpicture', () => this.left(), { once: true });
    try {
      await video.requestPictureInPicture();
      this.changed(true);
    } catch (error) {
      this.left();
      throw error;
    }
  }

  /** Leaves, for instance because another player takes over. */
  close(): void {
    if (this.active) void document.exitPictureInPicture();
    this.left();
  }

  private async carry(player: Player, canvas: HTMLCanvasElement): Promise<HTMLVideoElement> {
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.className = 'carrier';
    this.carrier = video;
    document.body.append(video);
    video.srcObject = this.stream(player, canvas);
    await video.play();
    return video;
  }

  private stream(player: Player, canvas: HTMLCanvasElement): MediaStream {
    const Generator = (window as unknown as { MediaStreamTrackGenerator?: TrackGeneratorClass }).MediaStreamTrackGenerator;
    if (!Generator || !(player instanceof WebCodecsPlayer)) {
      const stream = canvas.captureStream();
      this.end = () => stream.getTracks().forEach((track) => track.stop());
      return stream;
    }
    const track = new Generator({ kind: 'video' });
    const writer = track.writable.getWriter();
    player.canvas.painter.onFrame = (frame) => {
      const copy = frame.clone();
      if ((writer.desiredSize ?? 0) > 0) writer.write(copy).catch(() => copy.close());
      else copy.close();
    };
    this.end = () => {
      player.canvas.painter.onFrame = null;
      track.stop();
      writer.close().catch(() => undefined);
    };
    return new MediaStream([track]);
  }

  private left(): void {
    this.end?.();
    this.end = null;
    this.carrier?.remove();
    this.carrier = null;
    this.changed(false);
  }
}
