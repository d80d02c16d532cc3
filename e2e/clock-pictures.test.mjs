import assert from "node:assert/strict";
import test from "node:test";

import { readFrameClock } from "./frame-clock.mjs";
import { drawClockPicture } from "./support/clock-pictures.mjs";

test("a drawn clock is read as it was meant", () => {
  for (const [width, height] of [
    [640, 360],
    [320, 180],
    [162, 122],
  ]) {
    for (const number of [0, 1, 299, 2 ** 32 - 1]) {
      const at = 1_790_000_000_123_400;
      const luma = drawClockPicture(width, height, number, at).subarray(0, width * height);
      const rgba = new Uint8ClampedArray(width * height * 4);
      luma.forEach((value, pixel) => rgba.fill(value, pixel * 4, pixel * 4 + 4));
      const clock = readFrameClock(rgba, width, height, at);
      assert.deepEqual(
        [clock?.number, clock?.capturedAtMicros],
        [number, at],
        `${width}x${height}, ${number}`,
      );
    }
  }
});
