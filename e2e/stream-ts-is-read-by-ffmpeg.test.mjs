// stream.ts in real players: every frame decodes, times rise, and one who joins late begins at a keyframe.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";

import { Child } from "./support/child.mjs";
import { atEnd } from "./support/cleanup.mjs";
import { B_FRAMES, ffmpeg, makeClip, scratch } from "./support/ffmpeg.mjs";
import { SMALL, startServer } from "./support/server.mjs";
import { within } from "./support/until.mjs";

/** What ffprobe says of the first seconds: the stream, and its packets in decode order. */
async function probe(t, url, seconds) {
  const entries = "stream=codec_name,width,height:packet=pts,dts,flags";
  const args = [
    "-v",
    "warning",
    "-of",
    "json",
    "-show_entries",
    entries,
    "-read_intervals",
    `%+${seconds}`,
    url,
  ];
  const child = new Child("ffprobe", args, { stdio: ["ignore", "pipe", "pipe"] });
  atEnd(t, () => child.kill());
  const { code } = await within("ffprobe", child.ended);
  assert.equal(code, 0, child.stderr);
  assert.equal(child.stderr, "", "ffprobe finds nothing to say");
  const { streams, packets } = JSON.parse(child.stdout);
  assert.equal(streams.length, 1);
  return { stream: streams[0], packets };
}

/** Decodes for some seconds; the first error or damaged packet ends it. */
async function decode(t, url, seconds) {
  const strict = ["-loglevel", "warning", "-xerror", "-err_detect", "explode"];
  const child = ffmpeg(t, [...strict, "-i", url, "-t", String(seconds), "-f", "null", "-"]);
  const { code } = await within("ffmpeg", child.ended);
  assert.deepEqual({ code, said: child.stderr }, { code: 0, said: "" });
}

function assertInOrder(packets) {
  assert.ok(packets[0].flags.startsWith("K"), "it begins at a keyframe");
  for (const [at, packet] of packets.entries()) {
    assert.ok(packet.pts >= packet.dts, `packet ${at} is shown before it is decoded`);
    if (at > 0) assert.ok(packet.dts > packets[at - 1].dts, `packet ${at} goes back in time`);
  }
}

test("ffprobe and ffmpeg read stream.ts without a complaint", async (t) => {
  const server = await startServer(t, { sources: [SMALL] });
  const url = new URL("stream.ts", server.url).href;
  const first = await probe(t, url, 2);
  const { codec_name, width, height } = first.stream;
  assert.deepEqual({ codec_name, width, height }, { codec_name: "h264", width: 640, height: 360 });
  assert.ok(first.packets.length > 30, `${first.packets.length} packets in two seconds`);
  assertInOrder(first.packets);
  await decode(t, url, 3);
  assertInOrder((await probe(t, url, 1)).packets);
});

test("B frames and large frames in stream.ts", async (t) => {
  const large = [...B_FRAMES, "-crf", "1"];
  const clip = await makeClip(t, join(scratch(t), "clip.h264"), {
    width: 1280,
    height: 720,
    frames: 90,
    encode: large,
  });
  const server = await startServer(t, { sources: [`file:${clip}`] });
  const url = new URL("stream.ts", server.url).href;
  const { packets } = await probe(t, url, 2);
  assertInOrder(packets);
  assert.ok(
    packets.some((packet) => packet.pts > packet.dts),
    "there are B frames",
  );
  await decode(t, url, 2);
});
