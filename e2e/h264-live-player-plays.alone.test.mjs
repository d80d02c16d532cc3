import assert from "node:assert/strict";
import test from "node:test";

import { startChromium } from "./support/chromium.mjs";
import { assertMoves, liveClient, livePlayerPage, openClassic, startSite } from "./support/classic.mjs";
import { startServer } from "./support/server.mjs";

test("h264-live-player plays, for two viewers at once, stops and begins again", async (t) => {
  const server = await startServer(t, { sources: ["test,size=320x180"] });
  const browser = await startChromium();
  const site = await startSite(t, {
    "/": livePlayerPage(server.ws("ws/nal")),
    "/player.js": await liveClient(),
  });
  const pages = [await openClassic(t, browser, site.url), await openClassic(t, browser, site.url)];
  await Promise.all(pages.map((page) => assertMoves(page, { surface: "canvas", withinMs: 400 })));

  await pages[0].evaluate("player.stopStream()");
  const resting = (camera) =>
    camera.tracks.flatMap((track) => track.viewers).filter((viewer) => viewer.paused).length;
  await server.untilCamera("it rests", (camera) => resting(camera) === 1);
  await assertMoves(pages[1], { surface: "canvas", withinMs: 400 });
  await pages[0].evaluate("player.playStream()");
  await assertMoves(pages[0], { surface: "canvas", withinMs: 400 });
  assert.equal(resting((await server.status()).cameras[0]), 0);
});
