import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, PLAIN_HOST, startChromium } from "./support/chromium.mjs";
import { assertPlays, pageState } from "./support/pixels.mjs";
import { SMALL, startServer } from "./support/server.mjs";

const CASES = [
  {
    name: "by itself on plain http, where there is no WebCodecs",
    host: PLAIN_HOST,
    query: "",
    reason: /https and localhost only/,
  },
  {
    name: "on 127.0.0.1 when it is asked to",
    host: "127.0.0.1",
    query: "?player=mse",
    reason: /\?player=mse/,
  },
];

for (const { name, host, query, reason } of CASES) {
  test(`Chromium plays by Media Source Extensions ${name}`, async (t) => {
    const server = await startServer(t, { sources: [SMALL] });
    const browser = await startChromium();
    const page = await openInChromium(t, browser, `http://${host}:${server.port}/${query}`);

    const pictures = await assertPlays(page, { surface: "video" });
    assert.deepEqual([pictures[0].width, pictures[0].height], [640, 360]);

    const state = await pageState(page);
    assert.equal(state.player, "mse");
    assert.match(state.playerReason, reason);
    assert.equal(
      state.latencyFrom,
      "received",
      "a capture time is not part of ws/mp4, so it is not called that",
    );
  });
}
