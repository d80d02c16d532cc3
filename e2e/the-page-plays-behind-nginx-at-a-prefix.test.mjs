import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, PLAIN_HOST, startChromium } from "./support/chromium.mjs";
import { startNginx } from "./support/nginx.mjs";
import { assertPlays, pageState } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";

test("behind nginx at /webcam/", async (t) => {
  const server = await startServer(t);
  const url = await startNginx(t, server.port);
  const browser = await startChromium();

  await t.test("the page plays by WebCodecs", async (t) => {
    const page = await openInChromium(t, browser, url);
    await assertPlays(page, { surface: "canvas" });
    const outside = [...page.watch.addresses].filter(
      (address) => !new URL(address).pathname.startsWith("/webcam/"),
    );
    assert.deepEqual(outside, [], "all that the page asks for is below the prefix");
  });

  await t.test("the page plays by Media Source Extensions on a plain host name", async (t) => {
    const page = await openInChromium(t, browser, url.replace("127.0.0.1", PLAIN_HOST));
    await assertPlays(page, { surface: "video" });
    assert.equal((await pageState(page)).player, "mse");
  });

  await t.test("a camera's own tree plays, also when its slash is forgotten", async (t) => {
    const page = await openInChromium(t, browser, `${url}cam/cam1`);
    assert.equal(page.url(), `${url}cam/cam1/`);
    await assertPlays(page, { count: 10 });
  });

  await t.test("a wrong address shows our page for it, and the way back from there", async (t) => {
    const page = await openInChromium(t, browser, `${url}no/such/page`, { expected: [/status of 404/] });
    assert.equal(await page.locator("h1").textContent(), "There is nothing at this address");
    await page.locator("a").click();
    await assertPlays(page, { count: 10 });
    assert.equal(page.url(), url);
  });

  await t.test("endless bodies come through at once", async () => {
    const response = await fetch(`${url}stream.h264`);
    const reader = response.body.getReader();
    const { value } = await reader.read();
    assert.deepEqual([...value.subarray(0, 4)], [0, 0, 0, 1]);
    await reader.cancel();
  });
});
