// ffplay shows each endless body: a picture of now, read from what its window shows. It has no screen here: SDL writes what
// it would show to files.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { readFrameClock } from "./frame-clock.mjs";
import { Child } from "./support/child.mjs";
import { atEnd } from "./support/cleanup.mjs";
import { scratch } from "./support/ffmpeg.mjs";
import { startServer } from "./support/server.mjs";
import { Hopeless, until } from "./support/until.mjs";

const [WIDTH, HEIGHT] = [320, 180];
const NO_SCREEN = {
  SDL_VIDEODRIVER: "dummy",
  SDL_RENDER_DRIVER: "software",
  SDL_VIDEO_DUMMY_SAVE_FRAMES: "1",
};

/** The frame clock of the newest picture that is whole. */
function newestClock(folder) {
  // The last file may still be being written.
  const file = readdirSync(folder).sort().at(-2);
  const pixels = execFileSync("ffmpeg", [
    "-v",
    "error",
    "-i",
    join(folder, file),
    "-f",
    "rawvideo",
    "-pix_fmt",
    "rgba",
    "-",
  ]);
  assert.equal(pixels.length, WIDTH * HEIGHT * 4);
  return readFrameClock(pixels, WIDTH, HEIGHT);
}

// ffplay looks at a transport stream or bare H.264 for seconds before it begins.
const BODIES = [
  { address: "stream.mp4", options: [] },
  { address: "stream.mjpg", options: [] },
  { address: "stream.ts", options: ["-analyzeduration", "500000"] },
  { address: "stream.h264", options: ["-f", "h264", "-analyzeduration", "500000"] },
];

test("ffplay shows", async (t) => {
  const server = await startServer(t, { sources: [`test,size=${WIDTH}x${HEIGHT}`] });
  for (const { address, options } of BODIES) {
    await t.test(address, async (t) => {
      const folder = scratch(t);
      const args = [
        "-v",
        "error",
        "-nostats",
        ...options,
        "-fflags",
        "nobuffer",
        "-framedrop",
        new URL(address, server.url).href,
      ];
      const ffplay = new Child("ffplay", args, { cwd: folder, env: { ...process.env, ...NO_SCREEN } });
      atEnd(t, () => ffplay.kill());
      const shown = (what, fits) =>
        until(what, () => {
          if (!ffplay.running) throw new Hopeless(`ffplay has ended: ${ffplay.stderr}`);
          const clock = newestClock(folder);
          return clock && fits(clock) && clock;
        });
      const one = await shown("a picture", () => true);
      const other = await shown("another", ({ number }) => number > one.number);
      const age = performance.timeOrigin + performance.now() - other.capturedAtMicros / 1000;
      t.diagnostic(
        `${address}: pictures ${one.number} and ${other.number}, ${age.toFixed(0)} ms old at most`,
      );
      assert.ok(age < 5000, `it is of now: ${age} ms`);
    });
  }
});
