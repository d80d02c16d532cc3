// WebKitGTK, which has Safari's engine: our page by each player, the web component, and <img> and <video> on a page of
// somebody else's.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";

import { readFrameClock } from "./frame-clock.mjs";
import { componentHtml, foreignHtml, foreignPage } from "./support/foreign.mjs";
import { assertElementPlays, assertPlays, assertRising, pageState } from "./support/pixels.mjs";
import { PLAYERS } from "./support/players.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";
import { openInWebKit, startWebKit } from "./support/webkit.mjs";

/** WebCodecs is its own choice; a multipart body it gives to <img> only, and none to a script. */
const OTHER_PLAYERS = PLAYERS.filter(({ player }) => !["webcodecs", "mjpeg"].includes(player));

/** It decodes and paints by the processor here, on a loaded machine with less than the rate: that is not what is tested. */
const AGE_LIMIT_MS = 3000;

/** The frame clock of a picture of 640x360 in the upper left corner of a screenshot. */
function clockOnScreen(png) {
  const crop = ["-vf", "crop=640:360:0:0", "-f", "rawvideo", "-pix_fmt", "rgba", "-"];
  const rgba = execFileSync("ffmpeg", ["-v", "error", "-i", "-", ...crop], { input: png });
  return readFrameClock(rgba, 640, 360);
}

test("WebKit plays", async (t) => {
  const server = await startServer(t);
  const webkit = await startWebKit();

  await t.test("the page", async (t) => {
    const page = await openInWebKit(t, webkit, server.url);
    await t.test("by WebCodecs, its own choice on 127.0.0.1", async () => {
      await assertPlays(page, { count: 20, surface: "canvas", ageLimitMs: AGE_LIMIT_MS });
      assert.equal((await pageState(page)).player, "webcodecs");
    });
    for (const { player, surface } of OTHER_PLAYERS) {
      await t.test(`by ${player}`, async () => {
        await page.goto(`${server.url}?player=${player}`);
        await assertPlays(page, { count: 20, surface, ageLimitMs: AGE_LIMIT_MS });
        const state = await pageState(page);
        assert.deepEqual([state.player, state.width, state.height], [player, 640, 360]);
        assert.ok(state.latencyMs === null || state.latencyMs < AGE_LIMIT_MS, `claims ${state.latencyMs} ms`);
      });
    }
  });

  const url = (path) => new URL(path, server.url).href;
  await t.test("the web component on a foreign page", async (t) => {
    const html = componentHtml(server.url, `src="${server.url}cam/cam1/"`);
    const page = await openInWebKit(t, webkit, await foreignPage(t, html), { foreign: true });
    await assertElementPlays(page, () =>
      document.querySelector("lenscast-player")?.shadowRoot?.querySelector("canvas, video"),
    );
  });

  await t.test("stream.mp4 in a <video> on a foreign page", async (t) => {
    const page = await openInWebKit(t, webkit, await foreignPage(t, foreignHtml("")), { foreign: true });
    // By a script: a page with such an element in its text goes on loading for ever.
    const video = `<video crossorigin autoplay muted playsinline src="${url("stream.mp4")}"></video>`;
    await page.evaluate(`void (document.body.innerHTML = ${JSON.stringify(video)})`);
    // It begins at the last keyframe and stays as far behind: nothing but our page catches up.
    await assertElementPlays(page, () => document.querySelector("video"), { ageLimitMs: AGE_LIMIT_MS });
  });

  // Without crossorigin, with which WebKit refuses multipart: the pixels are not the page's to read, but the screen's.
  await t.test("stream.mjpg in an <img> on a foreign page", async (t) => {
    const html = foreignHtml(`<img style="position: fixed; top: 0; left: 0" src="${url("stream.mjpg")}">`);
    const page = await openInWebKit(t, webkit, await foreignPage(t, html), { foreign: true });
    const seen = [];
    await until("three pictures", async () => {
      const clock = clockOnScreen(await page.screenshot());
      if (clock && clock.number !== seen.at(-1)?.number) seen.push(clock);
      return seen.length === 3;
    });
    assertRising(seen);
  });

  await server.untilCamera("nobody watches", (camera) =>
    camera.tracks.every((track) => track.viewers.length === 0),
  );
});
