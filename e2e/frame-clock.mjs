/**
 * Reads the frame clock of the test pattern from pixels (docs/frame-clock.md).
 *
 * The function needs nothing but its arguments, so a test may send its source to a page
 * (`` page.evaluate(`(${readFrameClock})(...)`) ``) as well as import it.
 *
 * @param {Uint8ClampedArray | Uint8Array} rgba four bytes a pixel, as `getImageData` gives them;
 *   the top eleventh of the picture is enough
 * @param {number} width pixels across the picture
 * @param {number} height pixels down the whole picture, whatever part of it `rgba` holds
 * @param {number} nearMicros Unix time in microseconds less than 2.48 days from the capture; now, if not given
 * @returns {{number: number, ticks: number, capturedAtMicros: number} | null}
 *   the frame's number modulo 2^32, the capture time modulo 2^32 in units of 100 µs, and the whole
 *   capture time; null when there is no frame clock
 */
export function readFrameClock(
  rgba,
  width,
  height,
  nearMicros = (performance.timeOrigin + performance.now()) * 1000,
) {
  const COLUMNS = 40;
  const MIN_CONTRAST = 64;
  const MAX_DEVIATION = 0.35;
  if (width < 80 || height < 45 || rgba.length < Math.floor((4 * height) / 45) * width * 4) return null;

  // Pixels whose centres lie in the middle half of an interval; at least the one in its middle.
  const inner = (start, length) => {
    const first = Math.ceil(start + length / 4 - 0.5 - 1e-9);
    const last = Math.floor(start + (3 * length) / 4 - 0.5 + 1e-9);
    const middle = Math.floor(start + length / 2 + 1e-9);
    return first <= last ? [first, last] : [middle, middle];
  };
  const brightness = (row, column) => {
    const [top, bottom] = inner((row * 2 * height) / 45, (2 * height) / 45);
    const [left, right] = inner((column * width) / COLUMNS, width / COLUMNS);
    let sum = 0;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const at = (y * width + x) * 4;
        sum += 0.299 * rgba[at] + 0.587 * rgba[at + 1] + 0.114 * rgba[at + 2];
      }
    }
    return sum / ((bottom - top + 1) * (right - left + 1));
  };

  const cells = Array.from({ length: 2 * COLUMNS }, (_, cell) =>
    brightness(Math.floor(cell / COLUMNS), cell % COLUMNS),
  );
  const dark = Math.min(...cells);
  const bright = Math.max(...cells);
  const allowed = (bright - dark) * MAX_DEVIATION;
  if (bright - dark < MIN_CONTRAST) return null;
  if (cells.some((cell) => cell - dark > allowed && bright - cell > allowed)) return null;

  const bits = cells.map((cell) => (bright - cell <= allowed ? 1 : 0));
  const value = (from, count) => bits.slice(from, from + count).reduce((high, bit) => high * 2 + bit, 0);
  const number = value(0, 32);
  const ticks = value(40, 32);
  const check = value(32, 8) * 256 + value(72, 8);

  // CRC-16/CCITT-FALSE over number and ticks, most significant bit first.
  let crc = 0xffff;
  for (const bit of [...bits.slice(0, 32), ...bits.slice(40, 72)]) {
    const feedback = (crc >> 15) ^ bit;
    crc = ((crc << 1) & 0xffff) ^ (feedback ? 0x1021 : 0);
  }
  if (crc !== check) return null;

  // The moment nearest to `nearMicros` whose low 32 bits are `ticks`.
  const nearTicks = Math.floor(nearMicros / 100);
  const ahead = (ticks - (nearTicks % 2 ** 32)) | 0;
  return { number, ticks, capturedAtMicros: (nearTicks + ahead) * 100 };
}
