// haproxy and Caddy in front, without a word about this server: the page by WebSocket, stream.mjpg and a snapshot.

import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { numbersOf, parts } from "./support/jpeg.mjs";
import { assertPlays, assertRising, pageState } from "./support/pixels.mjs";
import { PROXIES } from "./support/proxies.mjs";
import { startServer } from "./support/server.mjs";

test("behind a proxy", async (t) => {
  const server = await startServer(t);
  const chromium = await startChromium();
  for (const [name, start] of Object.entries(PROXIES)) {
    await t.test(name, async (t) => {
      const url = await start(t, server.port);

      const page = await openInChromium(t, chromium, url);
      await assertPlays(page, { count: 20, surface: "canvas" });
      assert.equal((await pageState(page)).transport, "WebSocket, ws/live");

      const numbers = numbersOf(await parts(`${url}stream.mjpg`, 5), 640, 360);
      assertRising(numbers.map((number) => ({ number })));

      const snapshot = await fetch(`${url}snapshot.jpg`);
      assert.equal(snapshot.headers.get("content-type"), "image/jpeg");
      const [number] = numbersOf([Buffer.from(await snapshot.arrayBuffer())], 640, 360);
      assert.ok(number > numbers.at(-1), `snapshot ${number} after ${numbers.at(-1)}`);
    });
  }
});
