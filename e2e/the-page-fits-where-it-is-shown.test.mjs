// The grid in windows of many sizes, its controls, cameras one after the other, `?bare`, and the page in an <iframe> that is
// not seen.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { atEnd } from "./support/cleanup.mjs";
import { assertPlays } from "./support/pixels.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

const SIXTEEN_TO_NINE = [
  [1280, 720],
  [1920, 1080],
  [3840, 2160],
];
const OTHERS = [
  [1280, 800],
  [1024, 768],
];

/** What does not fit: of the page, and of the words in each tile. */
const MISFITS = `(() => {
  const misfits = [];
  const root = document.documentElement;
  if (root.scrollHeight > innerHeight || root.scrollWidth > innerWidth)
    misfits.push("scrolls: " + [root.scrollWidth, root.scrollHeight, innerWidth, innerHeight]);
  for (const tile of document.querySelectorAll(".tile")) {
    const box = (name) => tile.querySelector(name).getBoundingClientRect();
    const [outer, pill, headline, text] = [tile.getBoundingClientRect(), box(".pill"), box(".headline"), box(".message-text")];
    if (headline.top < pill.bottom) misfits.push(tile.dataset.camera + ": the pill covers the headline");
    if (text.bottom > outer.bottom) misfits.push(tile.dataset.camera + ": the reason is cut off");
    if (Math.abs(outer.width / outer.height - 16 / 9) > 0.03) misfits.push("not 16 to 9: " + outer.width + " x " + outer.height);
  }
  return misfits;
})()`;

test("the grid fits every window, with long reasons", async (t) => {
  const port = await holdPort(t);
  const sources = Array.from(
    { length: 16 },
    (_, at) => `camera-with-a-long-name-${at}=tcp://127.0.0.1:${port}`,
  );
  const server = await startServer(t, { sources });
  const status = await server.status();
  const browser = await startChromium();
  // Tiles out of sight rest, and connect when they are seen: the page is left in the middle of that.
  const page = await openInChromium(t, browser, "about:blank", {
    expected: [/closed before the connection is established/],
  });
  let count = 1;
  await page.route("**/api/v1/status", (route) =>
    route.fulfill({ json: { ...status, cameras: status.cameras.slice(0, count) } }),
  );
  for (count of [1, 2, 4, 9, 16]) {
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.goto(server.url);
    await until("all are offline", () =>
      page.evaluate(`document.querySelectorAll('.tile [data-state="offline"]').length === ${count}`),
    );
    await page.evaluate(
      `for (const text of document.querySelectorAll(".detail")) text.textContent = "A reason of many words. ".repeat(20)`,
    );
    for (const [width, height] of [...SIXTEEN_TO_NINE, ...OTHERS]) {
      await page.setViewportSize({ width, height });
      assert.deepEqual(await page.evaluate(MISFITS), [], `${count} cameras at ${width} by ${height}`);
    }
  }
});

test("the grid's controls, the way from camera to camera, and a page without controls", async (t) => {
  const sources = ["front", "door", "roof"].map((name) => `${name}=test,size=320x180,rate=10`);
  const server = await startServer(t, { sources });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url);
  await until("three tiles", async () => (await page.locator(".tile").count()) === 3);
  await page.keyboard.press("?");
  assert.match(await page.locator("dialog[open]").innerText(), /Open a camera/);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  await page.keyboard.press("i");
  await until("the panel says what plays", async () =>
    /door\s+Live · 320 × 180/.test(await page.locator(".info").innerText()),
  );
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".info").isVisible(), false);
  await page.keyboard.press("f");
  await until("full screen", () => page.evaluate("document.fullscreenElement !== null"));
  await page.keyboard.press("f");

  await page.keyboard.press("1");
  await page.waitForURL(`${server.url}cam/front/`);
  const gridIsKnown = () => until("the grid is known", () => page.locator("[data-control=grid]").isVisible());
  await gridIsKnown();
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(`${server.url}cam/roof/`);
  await gridIsKnown();
  await page.keyboard.press("i");
  await page.keyboard.press("Escape");
  assert.equal(page.url(), `${server.url}cam/roof/`, "Esc closes the panel first");
  await page.keyboard.press("Escape");
  await page.waitForURL(server.url);

  await page.goto(`${server.url}cam/front/?bare`);
  await assertPlays(page, { count: 5 });
  assert.equal(await page.locator(".bar").isVisible(), false);
  await until(
    "the pill has gone",
    async () => (await page.locator(".pill").evaluate((pill) => getComputedStyle(pill).opacity)) === "0",
  );
});

test("touch screens list gestures, and a swipe leads to the next camera", async (t) => {
  const server = await startServer(t, { sources: ["front=test,size=320x180", "door=test,size=320x180"] });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, `${server.url}cam/front/`, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  await assertPlays(page, { count: 5 });
  await until("the grid is known", () => page.locator("[data-control=grid]").isVisible());
  const help = page.locator("[data-control=help]");
  assert.equal(await help.getAttribute("aria-label"), "Gestures");
  await help.tap();
  assert.match(await page.locator("dialog[open]").innerText(), /Swipe\s+Next or previous camera/);
  await page.locator("dialog[open] button").tap();
  const session = await page.context().newCDPSession(page);
  const touch = (type, x) =>
    session.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: type === "touchEnd" ? [] : [{ x, y: 300 }],
    });
  await touch("touchStart", 300);
  for (let x = 280; x >= 120; x -= 40) await touch("touchMove", x);
  await touch("touchEnd");
  await page.waitForURL(`${server.url}cam/door/`);
});

test("the page in an <iframe> that is not seen takes no video", async (t) => {
  const server = await startServer(t);
  const html = `<!doctype html><title>x</title><link rel="icon" href="data:,">
    <iframe src="${server.url}cam/cam1/" width="640" height="360"></iframe><div style="height: 5000px"></div>`;
  const outer = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise((done) => outer.listen(0, "127.0.0.1", done));
  atEnd(t, () => outer.close());
  const browser = await startChromium();
  const page = await openInChromium(t, browser, `http://127.0.0.1:${outer.address().port}/`);
  page.watch.foreign = () => [];
  const untilWatched = (watched) =>
    server.untilCamera(
      `watched: ${watched}`,
      (camera) => camera.tracks[0].viewers.length === 1 && camera.tracks[0].viewers[0].paused !== watched,
    );
  await untilWatched(true);
  await page.evaluate("scrollTo(0, 4000)");
  await untilWatched(false);
  await page.evaluate("scrollTo(0, 0)");
  await untilWatched(true);
  await page.evaluate(`document.querySelector("iframe").style.display = "none"`);
  await untilWatched(false);
  await page.evaluate(`document.querySelector("iframe").style.display = ""`);
  await untilWatched(true);
});
