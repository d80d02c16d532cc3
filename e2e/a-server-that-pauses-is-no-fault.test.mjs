import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { assertPlays, pageState, untilState } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";

/** The page doubts a connection that is silent for 1.6 s, asks whether the server is there, and makes another. */
const PAUSES_MS = [1900, 2300];

for (const player of ["webcodecs", "mse"]) {
  test(`a server that stands still for seconds leaves no complaint in the console: ${player}`, async (t) => {
    const server = await startServer(t);
    const browser = await startChromium();
    const page = await openInChromium(t, browser, `${server.url}?player=${player}`);
    await assertPlays(page, { count: 20 });
    for (const ms of PAUSES_MS) {
      server.signal("SIGSTOP");
      await sleep(ms);
      server.signal("SIGCONT");
      await untilState(page, "live");
      await assertPlays(page, { count: 20 });
      assert.deepEqual(page.watch.unexpected(), [], `after ${ms} ms`);
    }
    const asked = [...page.watch.addresses].some((address) => address.endsWith("/state.json"));
    assert.ok(asked, "the page asked whether the server is there");
    assert.equal((await pageState(page)).player, player, "the same player");
  });
}
