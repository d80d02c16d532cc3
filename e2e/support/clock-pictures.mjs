/**
 * Pictures that carry the frame clock (docs/frame-clock.md), drawn here, so that ffmpeg may encode them in any way and a
 * test can still tell from pixels which frame it sees. Raw yuv420p, one buffer a picture.
 */

const COLUMNS = 40;

/**
 * @param {number} width even, a multiple of 40 if the cells are to survive strong compression
 * @param {number} height even
 * @param {number} number of the frame
 * @param {number} capturedAtMicros Unix time
 */
export function drawClockPicture(width, height, number, capturedAtMicros) {
  const picture = Buffer.alloc((width * height * 3) / 2, 128);
  const luma = picture.subarray(0, width * height);

  // Something that moves, so that there is something to predict, and B frames are used.
  for (let y = 0; y < height; y++) luma.fill(40 + ((y + 2 * number) % 90), y * width, (y + 1) * width);
  const size = Math.floor(height / 4);
  const left = Math.floor((number * 5) % (width - size));
  for (let y = Math.floor(height / 2); y < Math.floor(height / 2) + size; y++) {
    luma.fill(210, y * width + left, y * width + left + size);
  }

  const bits = frameClockBits(number, Math.floor(capturedAtMicros / 100));
  const edge = (row) => Math.floor((row * 2 * height) / 45);
  for (let row = 0; row < 2; row++) {
    for (let y = edge(row); y < edge(row + 1); y++) {
      for (let column = 0; column < COLUMNS; column++) {
        const from = y * width + Math.floor((column * width) / COLUMNS);
        const to = y * width + Math.floor(((column + 1) * width) / COLUMNS);
        luma.fill(bits[row * COLUMNS + column] ? 235 : 16, from, to);
      }
    }
  }
  return picture;
}

/** The 80 cells, row by row. */
function frameClockBits(number, ticks) {
  const word = (value, count) =>
    Array.from({ length: count }, (_, at) => Math.floor(value / 2 ** (count - 1 - at)) % 2);
  const high = word(number % 2 ** 32, 32);
  const low = word(ticks % 2 ** 32, 32);
  let crc = 0xffff;
  for (const bit of [...high, ...low]) {
    const feedback = (crc >> 15) ^ bit;
    crc = ((crc << 1) & 0xffff) ^ (feedback ? 0x1021 : 0);
  }
  return [...high, ...word(crc >> 8, 8), ...low, ...word(crc & 0xff, 8)];
}
