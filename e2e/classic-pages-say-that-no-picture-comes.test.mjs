/** Our pages for the classic systems say when the camera has nothing to show, and go on by themselves when it has. */

import assert from "node:assert/strict";
import test from "node:test";

import { startChromium } from "./support/chromium.mjs";
import { assertMoves, openClassic, untilShown } from "./support/classic.mjs";
import { startCamera } from "./support/ffmpeg.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

const SIZE = { width: 320, height: 240 };
const WORDS = "No picture from the camera. It returns automatically.";

test("classic pages say that no picture comes", async (t) => {
  const port = await holdPort(t);
  const args = ["--compat", "broadway=0,0", "--compat", "pistreaming=0,0"];
  const server = await startServer(t, { sources: [`tcp-listen://127.0.0.1:${port}`], args });
  const play = () => startCamera(t, [`tcp://127.0.0.1:${port}`], SIZE);
  const camera = play();
  const browser = await startChromium();
  const pages = {};
  for (const [name, url] of [
    ["rpicam", `${server.url}rpicam/`],
    ["broadway", server.classic("broadway").page],
    ["pistreaming", server.classic("pistreaming").page],
  ]) {
    pages[name] = await openClassic(t, browser, url, { expected: [/favicon|404/] });
    await untilShown(pages[name]);
  }
  const says = (page) => page.textContent("#message");
  for (const [name, page] of Object.entries(pages)) assert.equal(await says(page), "", name);
  await camera.stop("SIGKILL");
  for (const [name, page] of Object.entries(pages))
    await until(`${name} says so`, async () => (await says(page)) === WORDS);
  play();
  for (const [name, page] of Object.entries(pages)) {
    await untilShown(page, `a picture of now at ${name}`, (picture) => picture.ageMs < 1000);
    await assertMoves(page, { count: 5 });
    assert.equal(await says(page), "", name);
  }
});
