// `node --test e2e/frame-clock.test.mjs`: the reader against what the Rust side draws.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { readFrameClock } from "./frame-clock.mjs";

const vectors = JSON.parse(readFileSync(new URL("./frame-clock.vectors.json", import.meta.url), "utf8"));

/** The picture of a vector: its strip as grey pixels, `below` underneath. */
function picture({ width, height, rows }, change = (luma) => luma, below = 37) {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  const lines = rows.flatMap(({ lines, luma }) => Array(lines).fill(Buffer.from(luma, "hex")));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rgba.fill(change(lines[y]?.[x] ?? below), (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return rgba;
}

const limitedToFull = (luma) => ((luma - 16) * 255) / 219;

for (const vector of vectors) {
  const { width, height, number, captured_at_micros: capturedAt } = vector;
  const wanted = {
    number,
    ticks: Math.floor(capturedAt / 100) % 2 ** 32,
    capturedAtMicros: capturedAt - (capturedAt % 100),
  };
  const name = `${width}x${height} frame ${number}`;

  test(`${name} is read in either range`, () => {
    assert.deepEqual(readFrameClock(picture(vector), width, height, capturedAt), wanted);
    assert.deepEqual(readFrameClock(picture(vector, limitedToFull), width, height, capturedAt), wanted);
  });

  test(`${name} is read through noise`, () => {
    let seed = 1;
    const noise = () => ((seed = (seed * 48271) % 2147483647) % 81) - 40;
    const noisy = picture(vector, (luma) => luma + noise());
    assert.deepEqual(readFrameClock(noisy, width, height, capturedAt), wanted);
  });

  test(`${name} is read from its top alone`, () => {
    const top = picture(vector).subarray(0, Math.ceil((4 * height) / 45) * width * 4);
    assert.deepEqual(readFrameClock(top, width, height, capturedAt), wanted);
  });

  test(`${name} is completed by a moment two days off`, () => {
    const days = 2 * 86_400 * 1_000_000;
    for (const near of [capturedAt + days, Math.max(capturedAt - days, 0)]) {
      assert.deepEqual(readFrameClock(picture(vector), width, height, near), wanted);
    }
  });

  test(`${name} with one wrong cell is refused`, () => {
    const rgba = picture(vector);
    const last = Math.floor((3 * height) / 45) * width * 4 + (width - 1) * 4;
    const wrong = rgba[last] > 127 ? 16 : 235;
    for (let y = Math.floor((2 * height) / 45); y < Math.floor((4 * height) / 45); y++) {
      const from = y * width + Math.floor((39 * width) / 40);
      rgba.fill(wrong, from * 4, (y + 1) * width * 4);
    }
    assert.equal(readFrameClock(rgba, width, height, capturedAt), null);
  });
}

test("pictures without a frame clock", () => {
  const grey = (value) => new Uint8ClampedArray(320 * 180 * 4).fill(value);
  assert.equal(readFrameClock(grey(0), 320, 180), null, "black");
  assert.equal(readFrameClock(grey(128), 320, 180), null, "grey");
  const ramp = grey(0).map((_, at) => ((at >> 2) % 320) * 0.8);
  assert.equal(readFrameClock(ramp, 320, 180), null, "ramp");
  assert.equal(readFrameClock(new Uint8ClampedArray(40), 320, 180), null, "too few pixels");
  assert.equal(readFrameClock(grey(0), 64, 36), null, "too small");
});

test("its source alone is enough", () => {
  const vector = vectors[0];
  const sent = new Function(`return (${readFrameClock})`)();
  const read = sent(picture(vector), vector.width, vector.height, vector.captured_at_micros);
  assert.equal(read.number, vector.number);
});
