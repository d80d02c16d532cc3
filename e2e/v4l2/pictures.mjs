/** Writes JPEGs that carry the frame clock into a folder: what the loopback camera is fed with. */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { drawClockPicture } from "../support/clock-pictures.mjs";

export const COUNT = 20;
export const SIZE = { width: 640, height: 360 };

/** One picture: complete, or without the tables that motion JPEG takes for granted. */
function encode(number) {
  const { width, height } = SIZE;
  const arguments_ = [
    "-v",
    "error",
    "-f",
    "rawvideo",
    "-pix_fmt",
    "yuv420p",
    "-s",
    `${width}x${height}`,
    "-i",
    "-",
    "-vf",
    "scale=out_range=full,format=yuvj420p",
    "-c:v",
    "mjpeg",
    "-huffman",
    "default",
    "-q:v",
    "4",
    "-f",
    "image2pipe",
    "-",
  ];
  const { stdout, status, stderr } = spawnSync("ffmpeg", arguments_, {
    input: drawClockPicture(width, height, number, 0),
  });
  if (status !== 0) throw new Error(String(stderr));
  return stdout;
}

if (process.argv[2]) {
  for (let number = 0; number < COUNT; number++) {
    writeFileSync(join(process.argv[2], `${String(number).padStart(2, "0")}.jpg`), encode(number));
  }
}
