// Decoded pictures onto a canvas: of all that come between two repaints, the newest is what the repaint shows.
//
//   offer ──► first since the repaint: drawn at once       ┐
//       └───► later ones: the newest waits for the repaint ├─► repaint ──► painted(moments, now)
//             in a burst: all wait                         ┘
//
// Drawing at once costs nothing on the screen and leaves the repaint with nothing to do. Every picture is closed here.

/** What is remembered of a frame while it is decoded. All on the server's clock. */
export interface Moments {
  capturedAtUs: number | null;
  receivedAtUs: number;
}

/** A decoded picture, in whatever form its decoder gives it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  draw(context: CanvasRenderingContext2D): void;
  close(): void;
  /** Where it is one. */
  readonly frame?: VideoFrame;
}

interface Waiting {
  picture: Picture;
  moments: Moments | null;
}

export function ofFrame(frame: VideoFrame): Picture {
  const { displayWidth: width, displayHeight: height } = frame;
  return { width, height, frame, draw: (context) => context.drawImage(frame, 0, 0, width, height), close: () => frame.close() };
}

export function ofBitmap(bitmap: ImageBitmap): Picture {
  const { width, height } = bitmap;
  return { width, height, draw: (context) => context.drawImage(bitmap, 0, 0), close: () => bitmap.close() };
}

export function ofImageData(data: ImageData): Picture {
  const { width, height } = data;
  return { width, height, draw: (context) => context.putImageData(data, 0, 0), close: () => undefined };
}

export class CanvasPainter {
  readonly surface = document.createElement('canvas');
  /** Called with each frame as it is drawn, for picture in picture. It is only borrowed. */
  onFrame: ((frame: VideoFrame) => void) | null = null;
  /** Pictures that a newer one replaced before they were drawn, bursts not counted. */
  replaced = 0;

  private readonly context = this.surface.getContext('2d', { alpha: false });
  private newest: Waiting | null = null;
  private drawn: Moments | 'unknown' | null = null;
  private repaint = 0;

  /** `hold` says that a newer picture is about to come; `painted` is told what a repaint has shown, and when. */
  constructor(
    private readonly hold: () => boolean,
    private readonly painted: (moments: Moments | null, nowMs: number) => void,
  ) {
    this.surface.hidden = true; // until there is a picture
  }

  /** Takes a picture over. */
  offer(picture: Picture, moments: Moments | null, inBurst = false): void {
    if (this.newest) {
      this.newest.picture.close();
      if (!inBurst) this.replaced++;
    }
    this.newest = { picture, moments };
    if (this.hold()) return;
    if (document.hidden && this.onFrame) {
      this.draw(); // no repaints now, but picture in picture is watched
      return;
    }
    if (this.repaint) return;
    if (!inBurst) this.draw();
    this.repaint = requestAnimationFrame(() => this.onRepaint());
  }

  /** Drops the picture that waits. What is drawn stays. */
  clear(): void {
    cancelAnimationFrame(this.repaint);
    this.repaint = 0;
    this.newest?.picture.close();
    this.newest = null;
    this.drawn = null;
  }

  private onRepaint(): void {
    this.repaint = 0;
    if (!this.hold()) this.draw();
    const drawn = this.drawn;
    this.drawn = null;
    if (drawn) this.painted(drawn === 'unknown' ? null : drawn, performance.now());
  }

  private draw(): void {
    if (!this.newest || !this.context) return;
    const { picture, moments } = this.newest;
    this.newest = null;
    this.drawn = moments ?? 'unknown';
    if (this.surface.width !== picture.width || this.surface.height !== picture.height) {
      this.surface.width = picture.width;
      this.surface.height = picture.height;
    }
    this.surface.hidden = false;
    picture.draw(this.context);
    if (picture.frame) this.onFrame?.(picture.frame);
    picture.close();
  }
}
