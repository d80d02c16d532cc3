// What a page does in a browser that cannot decode H.264 itself: see WITHOUT_H264 for how one is made.

import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, PLAIN_HOST, startChromium, WITHOUT_H264 } from "./support/chromium.mjs";
import { assertPlays, pageState } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";

for (const host of ["127.0.0.1", PLAIN_HOST]) {
  test(`a browser without H.264 decodes in software, on ${host}`, async (t) => {
    const server = await startServer(t);
    const browser = await startChromium();
    const init =
      host === PLAIN_HOST ? WITHOUT_H264.replace(/.*VideoDecoder.*\n/g, "").replace(/^/, "") : WITHOUT_H264;
    const page = await openInChromium(t, browser, `http://${host}:${server.port}/`, { init });
    const pictures = await assertPlays(page, { surface: "canvas" });
    assert.deepEqual([pictures[0].width, pictures[0].height], [640, 360], "cropped to the picture");
    const state = await pageState(page);
    assert.equal(state.player, "broadway");
    assert.match(
      state.playerReason,
      /^This browser has no H\.264 decoder, so the page decodes in software\.$/,
    );
    assert.equal(state.latencyFrom, "capture");
  });
}
