// Converts the planes of a decoded picture (YCbCr 4:2:0) to RGBA, in integers. Pure.
//
//   Y  stride × rows     Cb, Cr  stride/2 × rows/2     ──►  width × height × RGBA
//
// Decoders give whole macroblocks: the picture is a part of them. The caller passes the stream's colours; they are
// never guessed from the size.

import type { Colours, Matrix, Pair } from '../wire/message';

/** The colours of all MPEG-1 video (ISO/IEC 11172-2). */
export const MPEG1_COLOURS: Colours = { matrix: 'bt601', fullRange: false };

/** The weights of red and blue in luma (ITU-T H.264 table E-5). */
const LUMA_WEIGHTS: Record<Matrix, [red: number, blue: number]> = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
};

/** What one step of Y, Cb and Cr adds to red, green and blue, times 2^16; `black` is the Y of black. */
function coefficients({ matrix, fullRange }: Colours) {
  const [red, blue] = LUMA_WEIGHTS[matrix];
  const green = 1 - red - blue;
  const [lumaRange, chromaRange] = fullRange ? [255, 255] : [219, 224];
  const chroma = (weight: number) => Math.round(((2 * weight * 255) / chromaRange) * 65536);
  return {
    black: fullRange ? 0 : 16,
    luma: Math.round((255 / lumaRange) * 65536),
    redCr: chroma(1 - red),
    greenCb: -chroma((blue * (1 - blue)) / green),
    greenCr: -chroma((red * (1 - red)) / green),
    blueCb: chroma(1 - blue),
  };
}

export interface Planes {
  y: Uint8Array;
  cb: Uint8Array;
  cr: Uint8Array;
  /** Bytes per row of `y`; even. */
  stride: number;
}

/**
 * The planes in a buffer that holds them in sequence, `width` × `height` in whole macroblocks. They begin at the pixel
 * `origin`; both its numbers are even.
 */
export function planesOf(
  buffer: Uint8Array,
  width: number,
  height: number,
  [left, top]: Pair = [0, 0],
): Planes {
  const luma = width * height;
  const chroma = luma >> 2;
  const lumaStart = top * width + left;
  const chromaStart = (top >> 1) * (width >> 1) + (left >> 1);
  return {
    y: buffer.subarray(lumaStart, luma),
    cb: buffer.subarray(luma + chromaStart, luma + chroma),
    cr: buffer.subarray(luma + chroma + chromaStart, luma + 2 * chroma),
    stride: width,
  };
}

/** Fills `rgba` with the picture. */
export function toRgba(
  planes: Planes,
  width: number,
  height: number,
  rgba: Uint8ClampedArray,
  colours: Colours,
): void {
  const { y, cb, cr, stride } = planes;
  const { black, luma, redCr, greenCb, greenCr, blueCb } = coefficients(colours);
  let out = 0;
  for (let row = 0; row < height; row++) {
    const lumaRow = row * stride;
    const chromaRow = (row >> 1) * (stride >> 1);
    for (let column = 0; column < width; column += 2) {
      const blue = (cb[chromaRow + (column >> 1)] ?? 128) - 128;
      const red = (cr[chromaRow + (column >> 1)] ?? 128) - 128;
      const addRed = redCr * red + 32768;
      const addGreen = greenCb * blue + greenCr * red + 32768;
      const addBlue = blueCb * blue + 32768;
      for (let at = column; at < column + 2 && at < width; at++) {
        const light = luma * ((y[lumaRow + at] ?? black) - black);
        rgba[out] = (light + addRed) >> 16;
        rgba[out + 1] = (light + addGreen) >> 16;
        rgba[out + 2] = (light + addBlue) >> 16;
        rgba[out + 3] = 255;
        out += 4;
      }
    }
  }
}
