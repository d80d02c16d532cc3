/**
 * Real ffmpeg: clips of pictures that carry the frame clock, and cameras that send such pictures as they are drawn.
 *
 *   drawClockPicture ──raw──► ffmpeg (libx264) ──► clip.mp4, clip.h264        makeClip: as fast as it goes
 *                                          └────► pipe, tcp:// …              startCamera: 30 a second, now
 */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Child } from "./child.mjs";
import { drawClockPicture } from "./clock-pictures.mjs";
import { atEnd } from "./cleanup.mjs";
import { within } from "./until.mjs";

export const RATE = 30;

/** H.264 as a camera makes it: no B frames, nothing held back, a keyframe a second. */
export const LIVE = [
  "-c:v",
  "libx264",
  "-profile:v",
  "baseline",
  "-preset",
  "ultrafast",
  "-tune",
  "zerolatency",
  "-g",
  "30",
];
/** H.264 with B frames, also as references, over closed GOPs. */
export const B_FRAMES = [
  "-c:v",
  "libx264",
  "-preset",
  "veryfast",
  "-bf",
  "2",
  "-b_strategy",
  "0",
  "-g",
  "30",
];

const QUIET = ["-hide_banner", "-loglevel", "error", "-nostdin"];
const raw = (width, height) => [
  "-f",
  "rawvideo",
  "-pix_fmt",
  "yuv420p",
  "-s",
  `${width}x${height}`,
  "-r",
  String(RATE),
  "-i",
  "pipe:0",
];

/** A folder for the length of the test. */
export function scratch(t) {
  const folder = mkdtempSync(join(tmpdir(), "lenscast-e2e-"));
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** ffmpeg with these arguments, for the length of the test. */
export function ffmpeg(t, args, { stdio = ["ignore", "pipe", "pipe"] } = {}) {
  const child = new Child(process.env.FFMPEG_BIN ?? "ffmpeg", [...QUIET, ...args], { stdio, binary: true });
  atEnd(t, () => child.kill());
  return child;
}

/**
 * Writes a clip; its frames are numbered from `from`. `path` says by its ending what it is (.h264, .mp4).
 * @returns {Promise<string>} the path
 */
export async function makeClip(
  t,
  path,
  { width = 640, height = 360, frames = 40 * RATE, from = 0, encode = LIVE } = {},
) {
  const child = ffmpeg(t, [...raw(width, height), ...encode, "-y", path], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const at = Date.now() * 1000;
  for (let number = from; number < from + frames && child.running; number++) {
    const picture = drawClockPicture(width, height, number, at + Math.round(((number - from) * 1e6) / RATE));
    if (!child.process.stdin.write(picture))
      await Promise.race([once(child.process.stdin, "drain"), child.ended]);
  }
  child.process.stdin.end();
  const { code } = await within("the clip", child.ended);
  if (code !== 0) throw new Error(`ffmpeg: ${child.stderr}`);
  return path;
}

/**
 * ffmpeg as a camera: takes pictures that are drawn now, `rate` a second (it takes them for 30), and sends them to `output`
 * (its arguments) in `format`. Its standard output is piped. `pause()` keeps it from taking any.
 */
export function startCamera(t, output, options = {}) {
  const { width = 640, height = 360, encode = LIVE, format = "h264", stdout = "pipe", rate = RATE } = options;
  const child = ffmpeg(t, [...raw(width, height), ...encode, "-f", format, ...output], {
    stdio: ["pipe", stdout, "pipe"],
  });
  let paused = false;
  const play = async () => {
    const started = performance.now();
    for (let number = 0; child.running; number++) {
      await sleep(Math.max(0, started + (number * 1000) / rate - performance.now()));
      if (paused) continue;
      const picture = drawClockPicture(width, height, number, Date.now() * 1000);
      if (!child.process.stdin.write(picture))
        await Promise.race([once(child.process.stdin, "drain"), child.ended]);
    }
  };
  play().catch(() => {}); // it ended while a picture was being written to it
  child.pause = () => (paused = true);
  child.resume = () => (paused = false);
  return child;
}

/** A shell word that stays as it is. */
export const quoted = (word) => `'${String(word).replaceAll("'", "'\\''")}'`;
