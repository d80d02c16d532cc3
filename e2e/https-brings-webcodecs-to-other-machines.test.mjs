// By the name that other machines use for this one: a browser that trusts the server's authority plays by WebCodecs over HTTPS.

import assert from "node:assert/strict";
import { hostname } from "node:os";
import test from "node:test";

import { openInChromium } from "./support/chromium.mjs";
import { atEnd } from "./support/cleanup.mjs";
import { scratch } from "./support/ffmpeg.mjs";
import { launchChromium, trust } from "./support/launch.mjs";
import { assertPlays, pageState } from "./support/pixels.mjs";
import { SMALL, startServer } from "./support/server.mjs";

const NAME = hostname().includes(".") ? hostname() : `${hostname()}.local`;

test("HTTPS brings WebCodecs to other machines", async (t) => {
  const server = await startServer(t, { sources: [SMALL], args: ["--tls", "self", "--state", scratch(t)] });
  const { port } = new URL(server.stdout.match(/https:\/\/\S+/)[0]);
  const plain = `http://${NAME}:${server.port}/`;
  const home = scratch(t);
  trust(home, await (await fetch(new URL("ca.crt", server.url))).text());
  const browser = await launchChromium({ home, hosts: [NAME] });
  atEnd(t, () => browser.close());

  await t.test("plain HTTP plays by Media Source", async (t) => {
    const page = await openInChromium(t, browser, plain);
    await assertPlays(page, { count: 10, surface: "video" });
    await page.keyboard.press("i");
    await page.click("text=Less delay over https://");
    assert.equal(page.url(), `${plain}trust`);
  });

  await t.test("HTTPS plays by WebCodecs", async (t) => {
    const page = await openInChromium(t, browser, `https://${NAME}:${port}/`);
    await assertPlays(page, { count: 20, surface: "canvas" });
    assert.equal((await pageState(page)).player, "webcodecs");
  });

  await t.test("the page that says how to trust it", async (t) => {
    const page = await openInChromium(t, browser, `${plain}trust`);
    assert.equal(await page.textContent("h1"), "Trust this server");
    assert.equal(await page.getAttribute("a", "href"), "ca.crt");
  });
});
