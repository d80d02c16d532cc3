import assert from "node:assert/strict";
import test from "node:test";

import { openInFirefox, startFirefox } from "./support/firefox.mjs";
import { assertPlays, pageState } from "./support/pixels.mjs";
import { SMALL, startServer } from "./support/server.mjs";

const CASES = [
  { name: "by WebCodecs on 127.0.0.1", query: "", player: "webcodecs", surface: "canvas" },
  {
    name: "by Media Source Extensions when it is asked to",
    query: "?player=mse",
    player: "mse",
    surface: "video",
  },
  { name: "by Media Source over plain HTTP", query: "?player=mp4", player: "mp4", surface: "video" },
];

for (const { name, query, player, surface } of CASES) {
  test(`Firefox plays ${name}`, async (t) => {
    const server = await startServer(t, { sources: [SMALL] });
    const browser = await startFirefox();
    const page = await openInFirefox(t, browser, server.url + query);

    await assertPlays(page, { surface });
    assert.equal((await pageState(page)).player, player);
  });
}
