// The chain of players, from one that cannot play this stream to one that can.

import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, startChromium, WITHOUT_H264 } from "./support/chromium.mjs";
import { startCamera } from "./support/ffmpeg.mjs";
import { assertPlays, messageOf, pageState, untilState } from "./support/pixels.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";

/** H.264 that decoders in software cannot play. */
const HIGH = [
  "-c:v",
  "libx264",
  "-profile:v",
  "high",
  "-preset",
  "veryfast",
  "-tune",
  "zerolatency",
  "-g",
  "30",
];
const PATH_WITHOUT_FFMPEG = { PATH: "/nonexistent" };

async function highProfile(t, options = {}) {
  const port = await holdPort(t);
  startCamera(t, [`tcp://127.0.0.1:${port}?listen=1`], { encode: HIGH });
  return startServer(t, { sources: [`tcp://127.0.0.1:${port}`], ...options });
}

test("a stream that the decoder in software cannot play comes as MPEG-1", async (t) => {
  const server = await highProfile(t);
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url, { init: WITHOUT_H264 });
  await assertPlays(page, { count: 20, surface: "canvas" });
  const { player, playerReason } = await pageState(page);
  assert.equal(player, "jsmpeg");
  assert.match(
    playerReason,
    /^Software H\.264 failed: the software decoder plays only H\.264 Baseline, and the stream is High \(avc1\.64\w{4}\)/,
  );
});

test("and as motion JPEG where the server has no ffmpeg", async (t) => {
  const server = await highProfile(t, { env: PATH_WITHOUT_FFMPEG });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url, {
    init: WITHOUT_H264,
    expected: [/jsmpeg/, /Failed to load resource/],
  });
  await assertPlays(page, { count: 20, surface: "canvas" });
  const { player, playerReason } = await pageState(page);
  assert.equal(player, "mjpeg");
  assert.match(playerReason, /MPEG-1 failed: .*ffmpeg/);
});

test("one that was asked for and cannot play says why, and what helps", async (t) => {
  const server = await highProfile(t);
  const browser = await startChromium();
  const page = await openInChromium(t, browser, `${server.url}?player=broadway`);
  await untilState(page, "unplayable");
  assert.match(
    await messageOf(page),
    /plays only H\.264 Baseline, and the stream is High .*; set the camera or encoder to the Baseline profile\.?$/,
  );
  assert.equal(await page.locator(".action").textContent(), "Try again");
});
