// OpenCV's VideoCapture on the addresses that robots' and printers' programs give it. `scripts/test slow` only: it is 361 MB.

import assert from "node:assert/strict";
import test from "node:test";

import { Child } from "./support/child.mjs";
import { atEnd } from "./support/cleanup.mjs";
import { numbersOfRaw } from "./support/jpeg.mjs";
import { assertRising } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";
import { within } from "./support/until.mjs";

const PICTURES = 10;
const [WIDTH, HEIGHT] = [640, 360];

/** The first pictures of a stream, four bytes a pixel, on standard output. */
const PROGRAM = `
import sys, cv2
capture = cv2.VideoCapture(sys.argv[1])
assert capture.isOpened(), "not opened"
for _ in range(${PICTURES}):
    read, picture = capture.read()
    assert read, "no picture"
    sys.stdout.buffer.write(cv2.cvtColor(picture, cv2.COLOR_BGR2RGBA).tobytes())
`;

const ADDRESSES = ["stream.mjpg", "?action=stream", "stream.ts", "stream.mp4", "stream.h264"];

const skip = !process.env.LENSCAST_OPENCV && "LENSCAST_OPENCV is not set";

test("OpenCV reads", { skip }, async (t) => {
  const server = await startServer(t);
  for (const address of ADDRESSES) {
    await t.test(address, async (t) => {
      const url = new URL(address, server.url).href;
      const program = new Child("/usr/bin/python3", ["-c", PROGRAM, url], { binary: true });
      atEnd(t, () => program.kill());
      const chunks = [];
      program.process.stdout.on("data", (chunk) => chunks.push(chunk));
      const { code } = await within("OpenCV", program.ended);
      assert.equal(code, 0, program.stderr);
      const numbers = numbersOfRaw(Buffer.concat(chunks), WIDTH, HEIGHT);
      assert.equal(numbers.length, PICTURES);
      assertRising(numbers.map((number) => ({ number })));
    });
  }
});
