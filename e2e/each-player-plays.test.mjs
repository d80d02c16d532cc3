// Every way to play, asked for by ?player=, in both browsers; and what each claims of itself.

import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, PLAIN_HOST, startChromium } from "./support/chromium.mjs";
import { openInFirefox, startFirefox } from "./support/firefox.mjs";
import { assertPlays, pageState } from "./support/pixels.mjs";
import { PLAYERS } from "./support/players.mjs";
import { startServer } from "./support/server.mjs";

/** What latency counts from; null: it cannot be told, so nothing is claimed. */
const LATENCY_FROM = {
  webcodecs: "capture",
  mse: "received",
  jmuxer: null,
  broadway: "capture",
  jsmpeg: null,
  mjpeg: "received",
};

/** Taken by itself only where no WebSocket passes; in Chromium where-no-websocket-passes plays it. */
const OVER_HTTP = { player: "mp4", surface: "video" };

/** Each page goes from player to player: opening one costs more than playing. */
test("each player plays", async (t) => {
  const server = await startServer(t);
  const url = (player) => `${server.url}?player=${player}`;

  await t.test("in Chromium, twice at once", async (t) => {
    const chromium = await startChromium();
    const open = () => openInChromium(t, chromium, url(PLAYERS[0].player));
    const pages = [await open(), await open()];
    for (const { player, surface } of PLAYERS) {
      await t.test(player, async () => {
        for (const page of pages) await page.goto(url(player));
        for (const page of pages) {
          await assertPlays(page, { count: 20, surface });
          const state = await pageState(page);
          assert.deepEqual([state.player, state.latencyFrom], [player, LATENCY_FROM[player]]);
          assert.deepEqual([state.width, state.height], [640, 360]);
        }
      });
    }
  });

  await t.test("in Chromium on plain http", async (t) => {
    const plain = (player) => url(player).replace("127.0.0.1", PLAIN_HOST);
    const page = await openInChromium(t, await startChromium(), plain("mse"));
    for (const { player, surface } of PLAYERS.filter(({ player }) => player !== "webcodecs")) {
      await t.test(player, async () => {
        await page.goto(plain(player));
        await assertPlays(page, { count: 20, surface });
      });
    }
  });

  await t.test("in Firefox", async (t) => {
    const page = await openInFirefox(t, await startFirefox(), server.url);
    await t.test("WebCodecs, by its own choice on 127.0.0.1", async () => {
      await assertPlays(page, { surface: "canvas" });
      assert.equal((await pageState(page)).player, "webcodecs");
    });
    for (const { player, surface } of [...PLAYERS, OVER_HTTP]) {
      await t.test(player, async () => {
        await page.goto(url(player));
        await assertPlays(page, { count: 20, surface });
        assert.equal((await pageState(page)).player, player);
      });
    }
  });

  // One that nobody uses costs nothing.
  await server.untilCamera("nobody watches", (camera) =>
    camera.tracks.every((track) => track.viewers.length === 0),
  );
});

test("libraries are loaded only when they are used", async (t) => {
  const server = await startServer(t);
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url);
  await assertPlays(page, { count: 10 });
  const loaded = [...page.watch.addresses].filter((address) => /software|jmuxer|jsmpeg|mjpeg/.test(address));
  assert.deepEqual(loaded, []);
});
