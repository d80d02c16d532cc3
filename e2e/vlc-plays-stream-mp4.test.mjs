// VLC plays `stream.mp4` of a server that has run for a while: it shows pictures of now, read from the files of its scene
// filter, and its stream output passes the stream on. These are two ways inside VLC: the decoder takes MP4 as it is, the
// output has a packetizer in front.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { readFrameClock } from "./frame-clock.mjs";
import { Child } from "./support/child.mjs";
import { atEnd } from "./support/cleanup.mjs";
import { scratch } from "./support/ffmpeg.mjs";
import { startServer } from "./support/server.mjs";
import { Hopeless, until } from "./support/until.mjs";
import { openViewer } from "./support/viewer.mjs";

const [WIDTH, HEIGHT] = [320, 180];
/** The server is this many frames old when VLC comes. */
const AGE_FRAMES = 100;
/** VLC may wait for its cache of 1 s, and this machine may be busy. */
const AGE_LIMIT_MS = 8000;
/** VLC does not run as root: nobody and nogroup, as every Debian has them. */
const NOBODY = { uid: 65534, gid: 65534 };

/** VLC without a screen, in a folder of its own. */
function startVlc(t, url, options) {
  const folder = scratch(t);
  chmodSync(folder, 0o777);
  const args = ["--intf", "dummy", "--no-audio", ...options(folder), url];
  const user = process.getuid() === 0 ? NOBODY : {};
  const vlc = new Child("cvlc", args, { cwd: folder, env: { ...process.env, HOME: folder }, ...user });
  atEnd(t, () => vlc.kill());
  const has = (what, ask) =>
    until(what, () => {
      if (!vlc.running) throw new Hopeless(`VLC has ended: ${vlc.stderr}`);
      return ask();
    });
  return { folder, has };
}

/** The frame clock of the newest picture that is whole; VLC may put lines below the picture. */
function newestClock(folder) {
  const file = readdirSync(folder)
    .filter((name) => name.endsWith(".png"))
    .sort()
    .at(-2);
  if (!file) return null;
  const args = ["-v", "error", "-i", join(folder, file), "-f", "rawvideo", "-pix_fmt", "rgba", "-"];
  const pixels = execFileSync("ffmpeg", args);
  assert.ok(pixels.length >= WIDTH * HEIGHT * 4, `${file} has ${pixels.length} bytes`);
  return readFrameClock(pixels.subarray(0, WIDTH * HEIGHT * 4), WIDTH, HEIGHT);
}

test("VLC, at a server that is not new", async (t) => {
  const server = await startServer(t, { sources: [`test,size=${WIDTH}x${HEIGHT}`] });
  await openViewer(t, server.ws("ws/h264"), { keep: false });
  await server.untilCamera("it is old", (camera) => camera.tracks[0].frames > AGE_FRAMES);
  const url = new URL("stream.mp4", server.url).href;

  await t.test("shows pictures of now", async (t) => {
    const { folder, has } = startVlc(t, url, (folder) => [
      ...["--vout", "dummy", "--video-filter", "scene", "--scene-format", "png", "--scene-ratio", "5"],
      ...["--scene-path", folder],
    ]);
    const one = await has("a picture", () => newestClock(folder));
    const other = await has("another", () => {
      const clock = newestClock(folder);
      return clock && clock.number > one.number && clock;
    });
    const age = performance.timeOrigin + performance.now() - other.capturedAtMicros / 1000;
    t.diagnostic(`pictures ${one.number} and ${other.number}, ${age.toFixed(0)} ms old at most`);
    assert.ok(age < AGE_LIMIT_MS, `it is of now: ${age} ms`);
  });

  await t.test("passes the stream on", async (t) => {
    const { folder, has } = startVlc(t, url, () => ["--sout", "#std{access=file,mux=ts,dst=passed.ts}"]);
    const file = join(folder, "passed.ts");
    const packets = await has("a second of pictures", () => {
      if (statSync(file).size === 0) return null;
      const args = ["-v", "quiet", "-show_entries", "packet=size", "-of", "csv=p=0", file];
      const packets = execFileSync("ffprobe", args, { encoding: "utf8" }).trim().split("\n").length;
      return packets > 30 && packets;
    });
    t.diagnostic(`${packets} pictures`);
  });
});
