// Draws decoded pictures onto a canvas. Each repaint shows the newest picture that came before it.
//
//   offer ──► first since the repaint: drawn at once       ┐
//       └───► later ones: the newest waits for the repaint ├─► repaint ──► painted(moments, now)
//             in a burst: all wait                         ┘
//
// A picture that is drawn at once is not seen earlier, but the repaint has less to do. Every picture is closed here.

import type { Pair } from '../wire/message';
import { type CodedShape, isMadeSquare, shownSize } from './shape';

/** The times of a frame that are kept while it is decoded, on the server's clock. */
export interface Moments {
  capturedAtUs: number | null;
  receivedAtUs: number;
}

/** A decoded picture, in the form in which its decoder gives it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  draw(context: CanvasRenderingContext2D): void;
  close(): void;
  /** The picture as a VideoFrame, if it is one. */
  readonly frame?: VideoFrame;
}

interface Waiting {
  picture: Picture;
  moments: Moments | null;
}

/**
 * A decoded frame of a stream of this shape. Some decoders leave in what the stream crops at the left side or at the top;
 * it is left out here. Others have made its pixels square, which is not done again.
 */
export function pictureOfFrame(frame: VideoFrame, shape: CodedShape | null): Picture {
  const decoded = frame.visibleRect ?? { width: frame.displayWidth, height: frame.displayHeight };
  if (shape && isMadeSquare(decoded.width, decoded.height, shape))
    return wholeFrame(frame, shownSize(shape.width, shape.height, shape.pixelAspect));
  const [cropLeft, cropTop] = shape?.crop ?? [0, 0];
  const left = shape && decoded.width >= shape.width + cropLeft ? cropLeft : 0;
  const top = shape && decoded.height >= shape.height + cropTop ? cropTop : 0;
  const codedWidth = left > 0 && shape ? shape.width : decoded.width;
  const codedHeight = top > 0 && shape ? shape.height : decoded.height;
  const [width, height] = shownSize(codedWidth, codedHeight, shape?.pixelAspect ?? [1, 1]);
  // A VideoFrame is drawn in its displayed size.
  const across = frame.displayWidth / decoded.width;
  const down = frame.displayHeight / decoded.height;
  return {
    width,
    height,
    frame,
    draw: (context) =>
      context.drawImage(
        frame,
        left * across,
        top * down,
        codedWidth * across,
        codedHeight * down,
        0,
        0,
        width,
        height,
      ),
    close: () => frame.close(),
  };
}

/** The whole frame, in this size. */
function wholeFrame(frame: VideoFrame, [width, height]: Pair): Picture {
  const draw = (context: CanvasRenderingContext2D) => context.drawImage(frame, 0, 0, width, height);
  return { width, height, frame, draw, close: () => frame.close() };
}

export function pictureOfBitmap(bitmap: ImageBitmap): Picture {
  const { width, height } = bitmap;
  return { width, height, draw: (context) => context.drawImage(bitmap, 0, 0), close: () => bitmap.close() };
}

export function pictureOfImageData(data: ImageData): Picture {
  const { width, height } = data;
  return { width, height, draw: (context) => context.putImageData(data, 0, 0), close: () => undefined };
}

/** A picture in its own pixels, before it is stretched. */
let unstretched: HTMLCanvasElement | null = null;

/** The same picture with square pixels, if its own have this aspect. */
export function stretched(picture: Picture, pixelAspect: Pair): Picture {
  const [width, height] = shownSize(picture.width, picture.height, pixelAspect);
  if (width === picture.width && height === picture.height) return picture;
  return {
    width,
    height,
    draw: (context) => {
      const coded = (unstretched ??= document.createElement('canvas'));
      if (coded.width !== picture.width) coded.width = picture.width;
      if (coded.height !== picture.height) coded.height = picture.height;
      const own = coded.getContext('2d', { alpha: false });
      if (own) picture.draw(own);
      context.drawImage(coded, 0, 0, width, height);
    },
    close: () => picture.close(),
  };
}

export class CanvasPainter {
  readonly surface = document.createElement('canvas');
  /** Called with each VideoFrame that is drawn, for picture in picture. The painter closes it afterwards. */
  onFrame: ((frame: VideoFrame) => void) | null = null;
  /** Pictures that a newer one replaced before they were drawn, not counting bursts. */
  replaced = 0;

  private readonly context = this.surface.getContext('2d', { alpha: false });
  private newest: Waiting | null = null;
  private drawn: Moments | 'unknown' | null = null;
  private repaint = 0;

  /** While `hold()` is true the newest picture waits for the next one. `painted` is called after each repaint that shows a new picture. */
  constructor(
    private readonly hold: () => boolean,
    private readonly painted: (moments: Moments | null, nowMs: number) => void,
  ) {
    this.surface.hidden = true; // until there is a picture
  }

  /** Shows the picture, unless a newer one comes first. The painter closes it. */
  offer(picture: Picture, moments: Moments | null, inBurst = false): void {
    if (this.newest) {
      this.newest.picture.close();
      if (!inBurst) this.replaced++;
    }
    this.newest = { picture, moments };
    if (this.hold()) return;
    if (document.hidden && this.onFrame) {
      this.draw(); // a hidden page has no repaints, but picture in picture shows its pictures
      return;
    }
    if (this.repaint) return;
    if (!inBurst) this.draw();
    this.repaint = requestAnimationFrame(() => this.onRepaint());
  }

  /** Drops the picture that waits. The canvas stays as it is. */
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
