// axe-core finds no violation on the page and on the grid, in each of their states.

import assert from "node:assert/strict";
import test from "node:test";

import { violationsOf } from "./support/axe.mjs";
import { openInChromium, startChromium } from "./support/chromium.mjs";
import { assertPlays, untilState } from "./support/pixels.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

test("axe-core finds no violation", async (t) => {
  const gone = `gone=tcp://127.0.0.1:${await holdPort(t)}`;
  const server = await startServer(t, { sources: ["front=test,size=640x360", gone] });
  const browser = await startChromium();
  const check = async (page, state) => assert.deepEqual(await violationsOf(page), [], state);

  await t.test("on a camera's page", async (t) => {
    const page = await openInChromium(t, browser, `${server.url}cam/front/`);
    await assertPlays(page, { count: 5 });
    await check(page, "playing");
    await page.keyboard.press("i");
    await check(page, "panel open");
    await page.keyboard.press("i");
    await page.keyboard.press("?");
    await check(page, "help open");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Space");
    await untilState(page, "paused");
    await check(page, "paused");
    const picture = page.getByRole("img", { name: "front: Paused" });
    assert.equal(await picture.count(), 1, "the picture has a name");
    assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), "Camera front");
  });

  await t.test("on the page of a camera that is offline", async (t) => {
    const page = await openInChromium(t, browser, `${server.url}cam/gone/`);
    await untilState(page, "offline");
    await check(page, "offline");
    const described = await page
      .locator(".stage")
      .evaluate((stage) => document.getElementById(stage.getAttribute("aria-describedby")).textContent);
    assert.match(described, /^Camera offline\. Cannot connect to/);
  });

  await t.test("on the page of a wrong camera", async (t) => {
    const page = await openInChromium(t, browser, `${server.url}cam/frnt/`, { expected: [/status of 404/] });
    await check(page, "wrong camera");
  });

  await t.test("on the grid", async (t) => {
    const page = await openInChromium(t, browser, server.url);
    const labels = () =>
      page.locator(".tile").evaluateAll((tiles) => tiles.map((tile) => tile.querySelector("a").ariaLabel));
    await until("one plays", async () => (await labels()).join() === "front: Live,gone: Offline");
    await check(page, "playing and offline");
    await page.keyboard.press("i");
    await check(page, "panel open");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await check(page, "help open");
  });
});
