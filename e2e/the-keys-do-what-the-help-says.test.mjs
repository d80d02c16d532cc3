import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { assertPlays, untilState } from "./support/pixels.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";

test("Space right after Esc in the help is not lost, however the help was opened", async (t) => {
  const server = await startServer(t);
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url);
  await assertPlays(page, { count: 10 });
  for (const open of [() => page.keyboard.press("?"), () => page.locator("[data-control=help]").click()]) {
    await open();
    assert.equal(await page.locator("dialog[open]").count(), 1);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Space");
    await untilState(page, "paused");
    assert.equal(await page.locator("dialog[open]").count(), 0);
    await page.keyboard.press("Space");
    await untilState(page, "live");
  }
});

test("what makes no sense while the camera is offline is not offered", async (t) => {
  const server = await startServer(t, { sources: [`tcp://127.0.0.1:${await holdPort(t)}`] });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url);
  await untilState(page, "offline");
  for (const control of ["pause", "snapshot"]) {
    assert.equal(await page.locator(`[data-control=${control}]`).isVisible(), false, control);
  }
  await page.keyboard.press("Space");
  await page.keyboard.press("s");
  // Between its tries the camera is offline; a page that the key has paused would stay so.
  await untilState(page, "offline");
});
