import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { assertPlays, messageOf, pageState, untilSaid, untilState } from "./support/pixels.mjs";
import { fakeRpicam } from "./support/rpicam.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

for (const player of ["webcodecs", "mse"]) {
  test(`a Pi camera plays, hangs, and plays again: ${player}`, async (t) => {
    const camera = fakeRpicam(t, "say-timeouts");
    const server = await startServer(t, { sources: [camera.source] });
    const browser = await startChromium();
    const page = await openInChromium(t, browser, `${server.url}?player=${player}`);
    await assertPlays(page);
    camera.hang();
    await untilSaid(page, "offline", /The camera has stopped sending pictures/);
    camera.behave("");
    await assertPlays(page);
    assert.equal((await pageState(page)).player, player, "the same player");
  });
}

for (const encoder of ["x264", "builtin"]) {
  test(`a Pi camera plays: encoder=${encoder}`, async (t) => {
    const camera = fakeRpicam(t, "", encoder);
    const server = await startServer(t, { sources: [camera.source] });
    const browser = await startChromium();
    const page = await openInChromium(t, browser, server.url);
    await assertPlays(page);
  });
}

test("without a source the page says that cameras are looked for, and shows the first that is found", async (t) => {
  const camera = fakeRpicam(t, "list-waits");
  const server = await startServer(t, { sources: [], env: { PATH: camera.searchPath } });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url);
  await untilState(page, "starting");
  await until("what it looks for", async () =>
    /^Starting \| Looking for cameras \(Raspberry Pi, then USB\)$/.test(await messageOf(page)),
  );
  camera.behave("");
  await assertPlays(page);
});

test("what is wrong with a Pi camera is a sentence on the page, and so is what is wrong after that", async (t) => {
  const table = [
    [
      "fail no-camera",
      /^Camera offline \| No camera was found: check that its cable sits firmly .* Next try in [1-5] s\.$/,
    ],
    ["fail in-use", /The camera is in use by another program/],
    ["fail wrong-mode", /The camera cannot do the size or mode that is asked for/],
    ["fail no-hardware-encoder", /The H\.264 encoder of the Pi cannot be opened/],
    ["fail lite", /This rpicam-vid has no H\.264 encoder for this machine/],
    ["fail legacy", /The legacy camera stack is switched on/],
  ];
  const cameras = table.map(([script]) => fakeRpicam(t, script));
  const server = await startServer(t, { sources: cameras.map(({ source }, at) => `c${at}=${source}`) });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, `${server.url}cam/c0/`);
  for (const [at, [, pattern]] of table.entries()) {
    await page.goto(`${server.url}cam/c${at}/`);
    await untilSaid(page, "offline", pattern);
  }
  cameras.at(-1).behave(table[0][0]);
  await untilSaid(page, "offline", table[0][1]);
});
