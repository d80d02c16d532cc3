// The size at which a picture is shown: pixels that are not square make it wider or higher than it is coded. Pure.

import type { Pair } from '../wire/message';

/** Width and height in square pixels. No side shrinks. */
export function shownSize(width: number, height: number, [across, down]: Pair): Pair {
  return across >= down
    ? [Math.round((width * across) / down), height]
    : [width, Math.round((height * down) / across)];
}
