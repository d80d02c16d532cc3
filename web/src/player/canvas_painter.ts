// Decoded pictures onto a canvas: of all that come between two repaints, the newest is what the repaint shows.
//
//   offer ──► first since the repaint: drawn at once       ┐
//       └───► later ones: the newest waits for the repaint ├─► repaint ──► painted(moments, now)
//             in a burst: all wait                         ┘
//
// Drawing at once costs nothing on the screen and leaves the repaint with nothing to do. Every frame is closed here.

/** What is remembered of a frame while it is decoded. All on the server's clock. */
export interface Moments {
  capturedAtUs: number | null;
  receivedAtUs: number;
}

interface Picture {
  frame: VideoFrame;
  moments: Moments | null;
}

export class CanvasPainter {
  readonly surface = document.createElement('canvas');
  /** Called with each picture as it is drawn, for picture in picture. The frame is only borrowed. */
  onFrame: ((frame: VideoFrame) => void) | null = null;
  /** Pictures that a newer one replaced before they were drawn, bursts not counted. */
  replaced = 0;

  private readonly context = this.surface.getContext('2d', { alpha: false });
  private newest: Picture | null = null;
  private drawn: Picture['moments'] | 'unknown' = null;
  private repaint = 0;

  /** `hold` says that a newer picture is about to come; `painted` is told what a repaint has shown, and when. */
  constructor(
    private readonly hold: () => boolean,
    private readonly painted: (moments: Moments | null, nowMs: number) => void,
  ) {
    this.surface.hidden = true; // until there is a picture
  }

  /** Takes a picture over. */
  offer(frame: VideoFrame, moments: Moments | null, inBurst: boolean): void {
    if (this.newest) {
      this.newest.frame.close();
      if (!inBurst) this.replaced++;
    }
    this.newest = { frame, moments };
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
    this.newest?.frame.close();
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
    const { frame, moments } = this.newest;
    this.newest = null;
    this.drawn = moments ?? 'unknown';
    if (this.surface.width !== frame.displayWidth || this.surface.height !== frame.displayHeight) {
      this.surface.width = frame.displayWidth;
      this.surface.height = frame.displayHeight;
    }
    this.surface.hidden = false;
    this.context.drawImage(frame, 0, 0, this.surface.width, this.surface.height);
    this.onFrame?.(frame);
    frame.close();
  }
}
