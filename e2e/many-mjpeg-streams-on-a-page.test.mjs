// Motion JPEG on a page with many cameras, and in a browser that gives no multipart body to fetch.

import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { assertPlays, pageState } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

/** WebKit answers the fetch of a multipart body with the first part alone. */
const NO_MULTIPART_BODY = `(() => {
  const original = fetch;
  window.fetch = (address, options) => String(address).endsWith("stream.mjpg")
    ? Promise.resolve(new Response("JPEG", { headers: { "content-type": "image/jpeg" } }))
    : original(address, options);
})()`;

test("motion JPEG on a page with six cameras, and by an <img>", async (t) => {
  const sources = Array.from({ length: 6 }, (_, at) => `cam-${at}=test,size=320x180,rate=10`);
  const server = await startServer(t, { sources });
  const browser = await startChromium();

  await t.test("four stream, two show a picture a second and say so, and a second tab opens", async (t) => {
    const page = await openInChromium(t, browser, `${server.url}?player=mjpeg`);
    const labels = () => page.locator(".pill-state").allTextContents();
    await until("all show pictures", async () => {
      const now = await labels();
      if (now.filter((text) => text === "Live").length !== 4) throw new Error(now.join());
      return now.filter((text) => text === "Snapshots").length === 2;
    });
    const said = await page
      .locator(".tile a")
      .evaluateAll((tiles) => tiles.map((tile) => tile.title).filter(Boolean));
    assert.equal(said.length, 2);
    assert.match(said[0], /One picture a second/);
    const second = await page.context().newPage();
    await second.goto(`${server.url}cam/cam-0/`);
    await assertPlays(second, { count: 5 });
  });

  await t.test("by an <img> where fetch gives no multipart body", async (t) => {
    const page = await openInChromium(t, browser, `${server.url}cam/cam-1/?player=mjpeg`, {
      init: NO_MULTIPART_BODY,
    });
    await assertPlays(page, { count: 10 });
    assert.equal((await pageState(page)).player, "mjpeg");
    await page.keyboard.press("Space");
    await until("the request of the <img> has ended", async () => {
      const camera = (await server.status()).cameras[1];
      return camera.tracks.every(({ viewers }) => viewers.every((viewer) => viewer.paused));
    });
  });
});
