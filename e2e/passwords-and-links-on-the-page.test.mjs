// By the page alone: somebody sets the first password, makes a link, opens it elsewhere, revokes it, and logs out.

import assert from "node:assert/strict";
import test from "node:test";

import { violationsOf } from "./support/axe.mjs";
import { openInChromium, startChromium } from "./support/chromium.mjs";
import { scratch } from "./support/ffmpeg.mjs";
import { assertPlays } from "./support/pixels.mjs";
import { SMALL, startServer } from "./support/server.mjs";

/** What the console says of refusals. */
const REFUSALS = [/401|403|WebSocket|Failed to load/];

test("passwords and links on the page", async (t) => {
  const server = await startServer(t, { sources: [`door=${SMALL}`], args: ["--state", scratch(t)] });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, `${server.url}cam/door/`, { expected: REFUSALS });
  page.on("dialog", (dialog) => dialog.accept());
  await assertPlays(page, { count: 5 });

  await page.mouse.move(100, 100);
  await page.click("text=Set a password");
  assert.equal(await page.textContent("h1"), "Set a password");
  assert.deepEqual(await violationsOf(page), []);
  await page.fill("input[name=name]", "anna");
  await page.fill("input[name=password]", "short");
  await page.click("button");
  await page.waitForSelector("[role=status]:not(:empty)");
  await page.fill("input[name=password]", "correct horse");
  await page.click("button");
  await page.waitForSelector("text=You are logged in as anna, who may change everything.");

  await page.fill("input[name=name]", "tablet");
  await page.click("text=Make a link");
  await page.waitForSelector("li b");
  assert.deepEqual(await violationsOf(page), []);
  const address = await page.inputValue("li input");
  assert.match(address, /\/t\/lc1\.door\.view\.\d+\.tablet\.[^/]+\/cam\/door\/$/);
  await page.click("text=Copy");
  await page.waitForSelector("text=The address of tablet is copied.");

  const tablet = await openInChromium(t, browser, address, { expected: REFUSALS });
  await assertPlays(tablet, { count: 5 });
  await page.click("text=Revoke");
  await page.waitForSelector("li b", { state: "detached" });
  assert.equal((await fetch(address)).status, 401);

  await page.click("text=Log out");
  await page.waitForSelector("h1 >> text=Log in");
});
