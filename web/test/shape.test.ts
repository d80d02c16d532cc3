// Pixel aspect and cropping on the page: the size that is shown, and the part of the decoded picture.

import { expect, it } from 'vitest';
import { isMadeSquare, shownSize } from '../src/player/shape';
import { planesOf, toRgba } from '../src/player/yuv';

it.each([
  ['square', 1280, 720, [1, 1], [1280, 720]],
  ['PAL, wide', 720, 576, [16, 11], [1047, 576]],
  ['twice as wide', 64, 48, [2, 1], [128, 48]],
  ['half as wide', 64, 48, [1, 2], [64, 96]],
] as const)('pixels that are %s', (_name, width, height, aspect, shown) =>
  expect(shownSize(width, height, aspect)).toEqual(shown),
);

it.each([
  ['as it is coded', [320, 240], [2, 1], false],
  ['with half of its rows', [320, 120], [2, 1], true],
  ['with twice as many columns', [640, 240], [2, 1], true],
  ['with half of its columns', [160, 240], [1, 2], true],
  ['within a row', [320, 220], [12, 11], true],
  ['nearly square, as it is coded', [320, 240], [12, 11], false],
  ['square, as it is coded', [320, 240], [1, 1], false],
  ['square, in another size of the same proportions', [640, 480], [1, 1], false],
] as const)('knows pixels that a decoder made square: %s', (_name, [width, height], pixelAspect, made) =>
  expect(isMadeSquare(width, height, { width: 320, height: 240, pixelAspect, crop: [0, 0] })).toBe(made),
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
