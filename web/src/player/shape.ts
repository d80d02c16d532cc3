// The size at which a picture is shown: pixels that are not square make it wider or higher than it is coded. Pure.

import type { Pair } from '../wire/message';

/** Width and height in square pixels. No side shrinks. */
export function shownSize(width: number, height: number, [across, down]: Pair): Pair {
  return across >= down
    ? [Math.round((width * across) / down), height]
    : [width, Math.round((height * down) / across)];
}

/** The picture that a decoder gives of a stream. */
export interface CodedShape {
  width: number;
  height: number;
  pixelAspect: Pair;
  crop: Pair;
}

/**
 * Whether a decoder has made pixels square that are not so in the stream, as WebKitGTK's does by leaving out rows: a picture
 * of this size has the proportions in which it is shown, within a row or a column.
 */
export function isMadeSquare(width: number, height: number, shape: CodedShape): boolean {
  if (shape.pixelAspect[0] === shape.pixelAspect[1]) return false;
  const shown = shownSize(shape.width, shape.height, shape.pixelAspect);
  return Math.abs(width * shown[1] - height * shown[0]) <= Math.max(...shown);
}
