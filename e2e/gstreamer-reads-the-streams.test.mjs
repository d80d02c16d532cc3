// GStreamer as its users type it: each stream by the elements that its documentation names, to raw pictures.

import assert from "node:assert/strict";
import test from "node:test";

import { Child } from "./support/child.mjs";
import { atEnd } from "./support/cleanup.mjs";
import { numbersOfRaw } from "./support/jpeg.mjs";
import { assertRising } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";
import { within } from "./support/until.mjs";

const PICTURES = 15;
const [WIDTH, HEIGHT] = [640, 360];

const PIPELINES = {
  "stream.mjpg": "multipartdemux ! jpegdec",
  "stream.ts": "tsdemux ! h264parse ! avdec_h264",
  "stream.mp4": "qtdemux ! h264parse ! avdec_h264",
  "stream.h264": "h264parse ! avdec_h264",
};

/** The first pictures of a pipeline, four bytes a pixel. */
async function pictures(t, url, elements) {
  const line = `souphttpsrc location=${url} ! ${elements} ! videoconvert ! video/x-raw,format=RGBA ! identity eos-after=${PICTURES + 1} ! fdsink fd=1 sync=false`;
  const player = new Child("gst-launch-1.0", ["--quiet", ...line.split(" ")], { binary: true });
  atEnd(t, () => player.kill());
  const chunks = [];
  player.process.stdout.on("data", (chunk) => chunks.push(chunk));
  const { code } = await within("gst-launch-1.0", player.ended);
  assert.equal(code, 0, player.stderr);
  return Buffer.concat(chunks);
}

test("GStreamer reads", async (t) => {
  const server = await startServer(t);
  for (const [path, elements] of Object.entries(PIPELINES)) {
    await t.test(path, async (t) => {
      const raw = await pictures(t, new URL(path, server.url).href, elements);
      // Behind these the end may come within a picture.
      const numbers = numbersOfRaw(raw, WIDTH, HEIGHT).slice(0, PICTURES);
      assert.equal(numbers.length, PICTURES);
      assertRising(numbers.map((number) => ({ number })));
    });
  }
});
