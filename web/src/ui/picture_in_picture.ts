// Picture in picture. A <video> is used as it is; the pictures of a canvas go through a track into a hidden <video>.
//
//   canvas painter ─onFrame─► track generator ──► hidden video ──► small window     (Chromium)
//                  └─ or canvas.captureStream() ─┘                                   (others)
//
// The generator works while the page is hidden, when a canvas is not repainted.

import type { Player } from '../player/player';
import { WebCodecsPlayer } from '../player/webcodecs';

interface TrackGenerator extends MediaStreamTrack {
  readonly writable: WritableStream<VideoFrame>;
}
type TrackGeneratorClass = new (init: { kind: 'video' }) => TrackGenerator;

export class PictureInPicture {
  private carrier: HTMLVideoElement | null = null;
  private stopStream: (() => void) | null = null;

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
    const video = surface instanceof HTMLVideoElement ? surface : await this.openCarrier(player, surface);
    video.addEventListener('leavepictureinpicture', () => this.onLeave(), { once: true });
    try {
      await video.requestPictureInPicture();
      this.changed(true);
    } catch (error) {
      this.onLeave();
      throw error;
    }
  }

  /** Leaves picture in picture, for instance because another player is tried. */
  close(): void {
    if (this.active) void document.exitPictureInPicture();
    this.onLeave();
  }

  private async openCarrier(player: Player, canvas: HTMLCanvasElement): Promise<HTMLVideoElement> {
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
    const Generator = (window as unknown as { MediaStreamTrackGenerator?: TrackGeneratorClass })
      .MediaStreamTrackGenerator;
    if (!Generator || !(player instanceof WebCodecsPlayer)) {
      const stream = canvas.captureStream();
      this.stopStream = () => stream.getTracks().forEach((track) => track.stop());
      return stream;
    }
    const track = new Generator({ kind: 'video' });
    const writer = track.writable.getWriter();
    player.canvas.painter.onFrame = (frame) => {
      const copy = frame.clone();
      if ((writer.desiredSize ?? 0) > 0) writer.write(copy).catch(() => copy.close());
      else copy.close();
    };
    this.stopStream = () => {
      player.canvas.painter.onFrame = null;
      track.stop();
      writer.close().catch(() => undefined);
    };
    return new MediaStream([track]);
  }

  private onLeave(): void {
    this.stopStream?.();
    this.stopStream = null;
    this.carrier?.remove();
    this.carrier = null;
    this.changed(false);
  }
}
