// Planes of a decoded picture (YCbCr 4:2:0, limited range) to RGBA, in whole numbers. Pure.
//
//   Y  stride × rows     Cb, Cr  stride/2 × rows/2     ──►  width × height × RGBA
//
// Decoders hand out whole macroblocks: the picture is the upper left corner. BT.601 below 720 lines, BT.709 from there
// on, as browsers guess when a stream does not say.

/** What a matrix adds to red, green, blue for each step of Cb and Cr, times 2^16. */
interface Matrix {
  redCr: number;
  greenCb: number;
  greenCr: number;
  blueCb: number;
}

const LUMA = 76309; // 255 / 219 × 2^16
const BT601: Matrix = { redCr: 104597, greenCb: -25675, greenCr: -53279, blueCb: 132201 };
const BT709: Matrix = { redCr: 117489, greenCb: -13975, greenCr: -34925, blueCb: 138438 };
const HD_LINES = 720;

export interface Planes {
  y: Uint8Array;
  cb: Uint8Array;
  cr: Uint8Array;
  /** Bytes a line of `y`; even. */
  stride: number;
}

/** The three planes of a buffer that holds them one after the other, `width` × `height` in whole macroblocks. */
export function planesOf(buffer: Uint8Array, width: number, height: number): Planes {
  const luma = width * height;
  const chroma = luma >> 2;
  return {
    y: buffer.subarray(0, luma),
    cb: buffer.subarray(luma, luma + chroma),
    cr: buffer.subarray(luma + chroma, luma + 2 * chroma),
    stride: width,
  };
}

/** Fills `rgba` with the picture. */
export function toRgba(planes: Planes, width: number, height: number, rgba: Uint8ClampedArray): void {
  const { y, cb, cr, stride } = planes;
  const { redCr, greenCb, greenCr, blueCb } = height >= HD_LINES ? BT709 : BT601;
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
        const light = LUMA * ((y[lumaRow + at] ?? 16) - 16);
        rgba[out] = (light + addRed) >> 16;
        rgba[out + 1] = (light + addGreen) >> 16;
        rgba[out + 2] = (light + addBlue) >> 16;
        rgba[out + 3] = 255;
        out += 4;
      }
    }
  }
}
