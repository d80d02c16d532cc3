import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { assertPlays, pageState } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";

test("Chromium plays by WebCodecs on 127.0.0.1", async (t) => {
  const server = await startServer(t, { sources: [] });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url);

  const pictures = await assertPlays(page, { surface: "canvas" });
  assert.deepEqual([pictures[0].width, pictures[0].height], [1280, 720], "the default test pattern");

  const state = await pageState(page);
  assert.equal(state.player, "webcodecs");
  assert.equal(state.latencyFrom, "capture");
  assert.ok(state.firstPictureMs > 0, `firstPictureMs: ${state.firstPictureMs}`);
  assert.ok(state.latencyMs > 0 && state.latencyMs < 1000, `latency: ${state.latencyMs} ms`);
});
