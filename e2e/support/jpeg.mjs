/** JPEG pictures of a server, and the frame clocks in them. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { readFrameClock } from "../frame-clock.mjs";

const ROOM = { maxBuffer: 1 << 28 };

/** What ffmpeg makes of pictures, as raw pixels. */
export const decoded = (input, pixels) =>
  execFileSync("ffmpeg", ["-v", "error", "-i", "-", "-f", "rawvideo", "-pix_fmt", pixels, "-"], {
    ...ROOM,
    input,
  });

/** The first `count` pictures of a multipart body, by their lengths. */
export async function parts(url, count) {
  const stop = new AbortController();
  const response = await fetch(url, { signal: stop.signal });
  assert.equal(response.status, 200);
  const pictures = [];
  let bytes = Buffer.alloc(0);
  for await (const chunk of response.body) {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const end = bytes.indexOf("\r\n\r\n");
      const length = Number(
        bytes
          .subarray(0, Math.max(end, 0))
          .toString()
          .match(/Content-Length: (\d+)/)?.[1] ?? NaN,
      );
      if (end < 0 || !(bytes.length >= end + 4 + length)) break;
      pictures.push(bytes.subarray(end + 4, end + 4 + length));
      bytes = bytes.subarray(end + 4 + length);
    }
    if (pictures.length >= count) break;
  }
  stop.abort();
  return pictures;
}

/** Frame numbers of JPEG pictures of this size. */
export const numbersOf = (pictures, width, height) =>
  numbersOfRaw(decoded(Buffer.concat(pictures), "rgba"), width, height);

/** Frame numbers of pictures of this size, four bytes a pixel. */
export function numbersOfRaw(raw, width, height) {
  const size = width * height * 4;
  return Array.from(
    { length: raw.length / size },
    (_, at) => readFrameClock(raw.subarray(at * size, (at + 1) * size), width, height)?.number,
  );
}
