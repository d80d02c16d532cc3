// All that cameras were seen to send (tests/inputs), as files of the release program: each plays, in its size, no faster than
// its rate, and its picture can be asked for.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { scratch } from "./support/ffmpeg.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

const folder = new URL("../tests/inputs/", import.meta.url).pathname;
const files = readdirSync(folder).sort();
/** The pictures a second of a file: what its headers say, else 30. */
const rateOf = (file) => (file.endsWith(".mjpeg") ? 30 : /gop-of-250|intra-refresh/.test(file) ? 5 : 10);
/** ffmpeg does not open it, or shows another picture than the browsers do. */
const NOT_BY_FFMPEG = /enhanced-rtmp|behind-http-header/;

/** Width and height of the picture in square pixels, as ffprobe finds them. */
function probe(path) {
  const format = path.endsWith(".mjpeg") && !path.includes("multipart") ? ["-f", "mjpeg"] : [];
  const fields = "stream=width,height,sample_aspect_ratio";
  const args = [
    "-v",
    "quiet",
    ...format,
    "-select_streams",
    "v:0",
    "-show_entries",
    fields,
    "-of",
    "json",
    path,
  ];
  const { width, height, sample_aspect_ratio: ratio } = JSON.parse(execFileSync("ffprobe", args)).streams[0];
  const [across, down] = /^[1-9]\d*:[1-9]/.test(ratio ?? "") ? ratio.split(":").map(Number) : [1, 1];
  return across >= down ? [Math.round((width * across) / down), height] : [width, (height * down) / across];
}

/** Width and height in the frame header of a JPEG picture. */
function sizeOfJpeg(bytes) {
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    assert.equal(bytes[at], 0xff, "a segment");
    if (bytes[at + 1] >= 0xc0 && bytes[at + 1] <= 0xc2)
      return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
  }
  return null;
}

test("every input plays as a file", async (t) => {
  assert.ok(files.length >= 43, "inputs are missing");
  const cameraTables = files.map((file, number) => {
    const source = JSON.stringify(`file:${join(folder, file)}`);
    return `[[camera]]\nname = "c${number}"\nsource = ${source}\nrun = "always"\n`;
  });
  const config = join(scratch(t), "lenscast.toml");
  writeFileSync(config, cameraTables.join("\n"));
  const server = await startServer(t, { sources: [], args: ["--config", config] });
  const cameras = async () => (await (await fetch(new URL("/api/v1/status", server.url))).json()).cameras;
  const frames = (camera) => Math.max(0, ...camera.tracks.map((track) => track.frames));
  await until("all of them are live", async () => {
    const waiting = (await cameras()).filter((camera) => camera.state !== "live" || frames(camera) < 3);
    const names = waiting.map((camera) => `${files[Number(camera.name.slice(1))]}: ${camera.message}`);
    if (names.length > 0) throw new Error(names.join("; "));
    return true;
  });
  const before = (await cameras()).map(frames);
  const from = performance.now();
  await sleep(4000);
  const after = await cameras();
  const seconds = (performance.now() - from) / 1000;
  for (const [number, file] of files.entries()) {
    await t.test(file, async () => {
      const rate = (frames(after[number]) - before[number]) / seconds;
      assert.ok(rate <= rateOf(file) * 1.15, `${rate} pictures a second, and not ${rateOf(file)}`);
      assert.ok(rate > 0.5, `${rate} pictures a second`);
      const answer = await fetch(new URL(`/cam/c${number}/snapshot.jpg`, server.url));
      const body = Buffer.from(await answer.arrayBuffer());
      assert.equal(answer.status, 200, body.toString());
      if (!NOT_BY_FFMPEG.test(file)) assert.deepEqual(sizeOfJpeg(body), probe(join(folder, file)));
    });
  }
});
