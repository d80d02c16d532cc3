// <lenscast-player> on pages that are not ours: another origin, plain http, a file.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "node:test";

import { readFrameClock } from "./frame-clock.mjs";
import { openInChromium, PLAIN_HOST, startChromium, WITHOUT_H264 } from "./support/chromium.mjs";
import { scratch } from "./support/ffmpeg.mjs";
import { openInFirefox, startFirefox } from "./support/firefox.mjs";
import { componentHtml, foreignPage } from "./support/foreign.mjs";
import { SERVER_GONE } from "./support/page.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

/** State of the element and its picture's number. */
const elementOf = (page) =>
  page.evaluate(`(() => {
    const readClock = ${readFrameClock};
    const element = document.querySelector("lenscast-player");
    const surface = element?.shadowRoot?.querySelector("canvas, video");
    const [width, height] = [surface?.videoWidth ?? surface?.width ?? 0, surface?.videoHeight ?? surface?.height ?? 0];
    let number = null;
    if (width > 0 && !surface.hidden) {
      const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(surface, 0, 0);
      number = readClock(copy.getImageData(0, 0, width, height).data, width, height, Date.now() * 1000)?.number ?? null;
    }
    return { state: element?.getAttribute("state"), number, surface: surface?.localName, text: element?.shadowRoot?.querySelector(".message")?.textContent };
  })()`);

async function assertElementPlays(page, surface) {
  let first = null;
  await until("the element plays", async () => {
    const now = await elementOf(page);
    if (now.state !== "live" || now.number === null) throw new Error(JSON.stringify(now));
    first ??= now;
    return now.number > first.number + 20;
  });
  if (surface) assert.equal((await elementOf(page)).surface, surface);
}

test("the web component plays on another origin", async (t) => {
  const server = await startServer(t);
  const browser = await startChromium();
  const url = await foreignPage(t, componentHtml(server.url, `src="${server.url}cam/cam1/"`));

  for (const [name, address, surface, init] of [
    ["on localhost by WebCodecs", url, "canvas"],
    ["on plain http by Media Source", url.replace("127.0.0.1", PLAIN_HOST), "video"],
    ["without H.264 by a decoder in a worker", url, "canvas", WITHOUT_H264],
  ]) {
    await t.test(name, async (t) => {
      const page = await openInChromium(t, browser, address, { init });
      page.watch.foreign = () => []; // the camera is
      await assertElementPlays(page, surface);
      const [width, ratio] = await page.evaluate(
        `(() => { const { width, height } = document.querySelector("lenscast-player").getBoundingClientRect(); return [width, width / height]; })()`,
      );
      assert.deepEqual([width, Math.round(ratio * 9)], [640, 16]);
    });
  }

  await t.test("and pauses, plays, gives snapshots, says its state, and leaves nothing behind", async (t) => {
    const page = await openInChromium(t, browser, url);
    page.watch.foreign = () => [];
    await assertElementPlays(page);
    await page.evaluate(`(() => {
      window.said = [];
      const element = document.querySelector("lenscast-player");
      element.addEventListener("statechange", (event) => said.push(event.detail.state));
      element.pause();
    })()`);
    await server.untilCamera("nobody takes frames", (camera) =>
      camera.tracks[0].viewers.every((viewer) => viewer.paused),
    );
    const [type, size] = await page.evaluate(
      `document.querySelector("lenscast-player").snapshot().then((blob) => [blob.type, blob.size])`,
    );
    assert.equal(type, "image/jpeg");
    assert.ok(size > 1000);
    await page.evaluate(`document.querySelector("lenscast-player").play()`);
    await assertElementPlays(page);
    assert.equal((await page.evaluate("said"))[0], "paused");
    await page.evaluate(`document.querySelector("lenscast-player").remove()`);
    await server.untilCamera("no viewer is left", (camera) => camera.tracks[0].viewers.length === 0);
  });
});

test("the web component's properties reflect its attributes, also when they were set before it was defined", async (t) => {
  const server = await startServer(t, { sources: ["front=test,size=320x180", "door=test,size=320x180"] });
  const browser = await startChromium();
  const early = `<!doctype html><meta charset="utf-8"><title>x</title><link rel="icon" href="data:,"><lenscast-player></lenscast-player>
    <script>Object.assign(document.querySelector("lenscast-player"), { src: "${server.url}cam/front/", bare: true })</script>
    <script type="module" src="${server.url}player.js"></script>`;
  const page = await openInChromium(t, browser, await foreignPage(t, early));
  page.watch.foreign = () => [];
  await assertElementPlays(page, "canvas");
  const attributes = () =>
    page.evaluate(`(() => { const element = document.querySelector("lenscast-player");
      return ["src", "player", "fit", "bare"].map((name) => element.getAttribute(name)); })()`);
  assert.deepEqual(await attributes(), [`${server.url}cam/front/`, null, null, ""]);
  await page.evaluate(`Object.assign(document.querySelector("lenscast-player"),
    { src: "${server.url}cam/door/", player: "mse", fit: "cover", bare: false })`);
  assert.deepEqual(await attributes(), [`${server.url}cam/door/`, "mse", "cover", null]);
  await assertElementPlays(page, "video");
  const properties = await page.evaluate(`(() => { const element = document.querySelector("lenscast-player");
    element.player = null; return [element.src, element.player, element.fit, element.bare]; })()`);
  assert.deepEqual(properties, [`${server.url}cam/door/`, "", "cover", false]);
});

test("the web component plays on a page from a file", async (t) => {
  const server = await startServer(t);
  const browser = await startChromium();
  const path = join(scratch(t), "my page.html");
  writeFileSync(path, componentHtml(server.url, `src="${server.url}"`));
  const page = await openInChromium(t, browser, pathToFileURL(path).href);
  page.watch.foreign = () => [];
  await assertElementPlays(page);
});

test("the web component plays in Firefox, and comes back after the server was away", async (t) => {
  const serverPort = await holdPort(t);
  const server = await startServer(t, { port: serverPort });
  const url = await foreignPage(t, componentHtml(server.url, `src="${server.url}cam/cam1"`));
  const browser = await startFirefox();
  const page = await openInFirefox(t, browser, url, {
    expected: [SERVER_GONE, /Cross-Origin Request Blocked/],
  });
  page.watch.foreign = () => [];
  await assertElementPlays(page, "canvas");
  await server.stop();
  await until("it says so", async () => (await elementOf(page)).state === "gone");
  await startServer(t, { port: serverPort });
  await assertElementPlays(page, "canvas");
});

test("the web component says what is wrong with its address", async (t) => {
  const server = await startServer(t);
  const browser = await startChromium();
  for (const [attributes, says] of [
    ["", /src is missing/],
    ['src="ftp://x/"', /is not an http or https address/],
    ['src="http://"', /is not a valid address/],
  ]) {
    const url = await foreignPage(t, componentHtml(server.url, attributes));
    const page = await openInChromium(t, browser, url);
    page.watch.foreign = () => [];
    await until("the sentence", async () => says.test((await elementOf(page)).text));
  }
});
