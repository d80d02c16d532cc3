// What the page says about the stream, opened with the key `i`.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { makeClip, scratch } from "./support/ffmpeg.mjs";
import { assertPlays } from "./support/pixels.mjs";
import { SMALL, startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

/** The rows that are shown: what is before a value, by the name of the value. */
const rowsOf = (page) =>
  page.evaluate(`Object.fromEntries([...document.querySelectorAll(".info [data-info]")].filter((value) => value.checkVisibility())
    .map((value) => [value.dataset.info, [value.parentElement.firstElementChild.textContent, value.textContent]]))`);

const CASES = [
  {
    name: "the pattern by WebCodecs",
    query: "",
    latency: "Capture to screen",
    player: "WebCodecs",
    transport: "WebSocket, ws/live",
  },
  {
    name: "the pattern by Media Source Extensions",
    query: "?player=mse",
    latency: "Received to screen",
    player: "Media Source",
    transport: "WebSocket, ws/mp4",
  },
  {
    name: "a file, whose pictures have no capture time",
    file: true,
    query: "",
    latency: "Received to screen",
    player: "WebCodecs",
    transport: "WebSocket, ws/live",
  },
];

const FRAMES = 300;

for (const { name, file, query, latency, player, transport } of CASES) {
  test(`the information is honest: ${name}`, async (t) => {
    const source = file
      ? `file:${await makeClip(t, join(scratch(t), "clip.h264"), { frames: FRAMES })}`
      : SMALL;
    const server = await startServer(t, { sources: [source] });
    const browser = await startChromium();
    const page = await openInChromium(t, browser, server.url + query);
    await assertPlays(page, { count: 45, fresh: !file, loop: file && FRAMES });

    assert.deepEqual(await rowsOf(page), {}, "it is closed at first");
    await page.keyboard.press("i");
    const rows = await until("all figures", async () => {
      const rows = await rowsOf(page);
      const complete =
        rows.latency?.[0] === latency && Object.values(rows).every(([, value]) => value !== "—");
      if (!complete) throw new Error(JSON.stringify(rows));
      return rows;
    });
    assert.match(rows.latency[1], /^\d+ ms$/);
    assert.match(rows.clock[1], /^± \d/);
    assert.equal(rows.resolution[1], "640 × 360");
    assert.match(rows.codec[1], /^H\.264 [\w .]+ \(avc1\.[0-9a-f]{6}\)$/);
    assert.deepEqual([rows.player[1], rows.transport[1], rows.viewers[1]], [player, transport, "1"]);
    assert.match(rows.server[1], /^Lenscast \d/i);

    const second = await openInChromium(t, browser, server.url);
    await until("both are counted", async () => (await rowsOf(page)).viewers[1] === "2");
    await second.context().close();
    await until("one is counted again", async () => (await rowsOf(page)).viewers[1] === "1");

    await page.keyboard.press("Escape");
    assert.deepEqual(await rowsOf(page), {}, "Escape closes it");
  });
}
