// Pixel aspect and cropping on the page: the size that is shown, and the part of the decoded picture.

import { expect, it } from 'vitest';
import { shownSize } from '../src/player/shape';
import { planesOf, toRgba } from '../src/player/yuv';

it.each([
  ['square', 1280, 720, [1, 1], [1280, 720]],
  ['PAL, wide', 720, 576, [16, 11], [1047, 576]],
  ['twice as wide', 64, 48, [2, 1], [128, 48]],
  ['half as wide', 64, 48, [1, 2], [64, 96]],
] as const)('pixels that are %s', (_name, width, height, aspect, shown) =>
  expect(shownSize(width, height, aspect)).toEqual(shown),
);

it('leaves out what the stream crops at the left side and at the top', () => {
  const [width, height, left, top] = [16, 16, 2, 4];
  const buffer = new Uint8Array((width * height * 3) / 2).fill(128);
  for (let at = 0; at < width * height; at++) buffer[at] = at % width < left || at < top * width ? 16 : 235;
  const [shownWidth, shownHeight] = [width - left, height - top];
  const rgba = new Uint8ClampedArray(shownWidth * shownHeight * 4);
  toRgba(planesOf(buffer, width, height, [left, top]), shownWidth, shownHeight, rgba, {
    matrix: 'bt709',
    fullRange: false,
  });
  expect(rgba.every((value) => value === 255)).toBe(true);
});
