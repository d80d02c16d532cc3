import assert from "node:assert/strict";
import test from "node:test";

import { readFrameClock } from "./frame-clock.mjs";
import { openInChromium, startChromium } from "./support/chromium.mjs";
import { startNginx } from "./support/nginx.mjs";
import { assertPlays } from "./support/pixels.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

const TWO = ["front=test,size=640x360", "door=test,size=320x180"];

/** Name, state, and number of the picture of each tile. */
const tilesOf = (page) =>
  page.evaluate(`(() => {
    const readClock = ${readFrameClock};
    return [...document.querySelectorAll(".tile")].map((tile) => {
      const canvas = tile.querySelector("canvas:not([hidden])");
      let number = null;
      if (canvas) {
        const top = Math.ceil(canvas.height / 11);
        const copy = new OffscreenCanvas(canvas.width, top).getContext("2d");
        copy.drawImage(canvas, 0, 0);
        number = readClock(copy.getImageData(0, 0, canvas.width, top).data, canvas.width, canvas.height, Date.now() * 1000)?.number ?? null;
      }
      return { name: tile.dataset.camera, state: tile.querySelector(".view").dataset.state, number,
               label: tile.querySelector("a").getAttribute("aria-label"), text: tile.innerText };
    });
  })()`);

/** Waits until these tiles show pictures that go on. */
async function untilTilesPlay(page, names) {
  let first = null;
  await until(`${names} play`, async () => {
    const tiles = await tilesOf(page);
    const playing = tiles.every((tile) => tile.state === "live" && tile.number !== null);
    if (!playing || tiles.map((tile) => tile.name).join() !== names.join())
      throw new Error(JSON.stringify(tiles));
    first ??= tiles;
    return tiles.every((tile, at) => tile.number > first[at].number + 10);
  });
}

test("the grid: all cameras play, one click or key to each, and back again", async (t) => {
  const server = await startServer(t, { sources: TWO });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url);
  await untilTilesPlay(page, ["front", "door"]);
  const [front] = await tilesOf(page);
  assert.match(front.text, /front\s+Live/);
  assert.equal(front.label, "front: Live");

  await page.locator(".tile").nth(1).click();
  await assertPlays(page, { count: 15 });
  assert.equal(page.url(), `${server.url}cam/door/`);
  await page.locator("[data-control=grid]").click();
  await untilTilesPlay(page, ["front", "door"]);
  assert.equal(page.url(), server.url);

  await page.keyboard.press("2");
  await page.waitForURL(`${server.url}cam/door/`);
  await assertPlays(page, { count: 15 });
  await until("the way back is known", () => page.locator("[data-control=grid]").isVisible());
  await page.keyboard.press("g");
  await page.waitForURL(server.url);
  await untilTilesPlay(page, ["front", "door"]);

  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${server.url}cam/door/`);
});

test("the grid: one camera's trouble is shown in its tile and touches no other", async (t) => {
  const nobody = `gone=tcp://127.0.0.1:${await holdPort(t)}`;
  const server = await startServer(t, { sources: ["front=test,size=640x360", nobody] });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url);
  await until("one plays and one is offline", async () => {
    const [front, gone] = await tilesOf(page);
    const told = /Camera offline\s+Cannot connect to .*Next try in \d s/.test(gone?.text ?? "");
    if (front?.state !== "live" || gone?.state !== "offline" || !told)
      throw new Error(JSON.stringify([front, gone]));
    return true;
  });
});

test("the grid: tiles out of view rest, also on a phone", async (t) => {
  const sources = Array.from({ length: 6 }, (_, at) => `cam-${at}=test,size=320x180`);
  const server = await startServer(t, { sources });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url, { viewport: { width: 390, height: 700 } });
  const watched = async () =>
    (await server.status()).cameras.map(({ tracks }) => tracks[0].viewers.some((viewer) => !viewer.paused));
  await until("the first plays, the last rests", async () => {
    const seen = await watched();
    if (!seen[0] || seen[5]) throw new Error(String(seen));
    return true;
  });
  const widths = await page.evaluate("[innerWidth, document.documentElement.scrollWidth]");
  assert.equal(widths[0], widths[1], "nothing sticks out to the side");
  await page.evaluate("scrollTo(0, document.body.scrollHeight)");
  await until("the last plays, the first rests", async () => {
    const seen = await watched();
    if (seen[0] || !seen[5]) throw new Error(String(seen));
    return true;
  });
});

test("the grid behind nginx at a prefix; a single camera has no grid", async (t) => {
  const server = await startServer(t, { sources: TWO });
  const url = await startNginx(t, server.port);
  const browser = await startChromium();
  const page = await openInChromium(t, browser, `${url}?player=mse`);
  await until("two tiles", async () => (await tilesOf(page)).length === 2);
  await page.keyboard.press("1");
  await page.waitForURL(`${url}cam/front/?player=mse`);
  await assertPlays(page, { count: 15, surface: "video" });
  await until("the way back is known", () => page.locator("[data-control=grid]").isVisible());
  await page.keyboard.press("g");
  await page.waitForURL(`${url}?player=mse`);

  const single = await startServer(t);
  const own = await openInChromium(t, browser, `${single.url}cam/cam1/`);
  await assertPlays(own, { count: 15 });
  assert.equal(await own.locator("[data-control=grid]").isVisible(), false);
});
