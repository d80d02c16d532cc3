import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test from "node:test";

import { startChromium } from "./support/chromium.mjs";
import {
  assertMoves,
  BROADWAY,
  openClassic,
  seedBroadwayPage,
  startSite,
  untilShown,
} from "./support/classic.mjs";
import { B_FRAMES, makeClip, scratch } from "./support/ffmpeg.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

/** Broadway decodes in JavaScript, and the machine is shared. */
const TINY = "test,size=320x180";

test("Broadway plays", async (t) => {
  const server = await startServer(t, { sources: [TINY], args: ["--compat", "broadway=0,0"] });
  const { page, socket } = server.classic("broadway");
  const browser = await startChromium();

  await t.test("on our page, for two viewers at once", async (t) => {
    const pages = [await openClassic(t, browser, page), await openClassic(t, browser, `${page}index.html`)];
    await Promise.all(pages.map((page) => assertMoves(page, { surface: "canvas", withinMs: 300 })));
  });

  for (const url of [socket, server.ws("ws/h264?unit=nal")]) {
    await t.test(
      `on a page that knows only the library, fed by ${new URL(url).pathname}, for two viewers at once`,
      async (t) => {
        const own = seedBroadwayPage(0).replace(
          /var wsUri =[^]*?var ws =/,
          `var wsUri = ${JSON.stringify(url)}\nvar ws =`,
        );
        const site = await startSite(t, { "/": own, ...BROADWAY() });
        const pages = [await openClassic(t, browser, site.url), await openClassic(t, browser, site.url)];
        await Promise.all(pages.map((page) => assertMoves(page, { surface: "canvas", withinMs: 300 })));
      },
    );
  }
});

test("the author's own page folder plays untouched, on the port that is also ours", async (t) => {
  const [port, socketPort] = [await holdPort(t), await holdPort(t)];
  const folder = scratch(t);
  writeFileSync(`${folder}/index.html`, seedBroadwayPage(socketPort));
  for (const [name, text] of Object.entries(BROADWAY())) writeFileSync(`${folder}${name}`, text);
  const server = await startServer(t, {
    sources: [TINY],
    port,
    args: ["--compat", `broadway=${port},${socketPort}`, "--static", folder],
  });
  const browser = await startChromium();
  const theirs = await openClassic(t, browser, server.url, { expected: [/favicon|404/] });
  await assertMoves(theirs, { surface: "canvas", withinMs: 300 });
  const ours = await openClassic(t, browser, `${server.url}cam/cam1/`);
  await assertMoves(ours, { withinMs: 300 });
  assert.match(await ours.title(), /Lenscast|cam1/);
});

test("a stream that Broadway cannot decode is named on the page and in the log, with what to set", async (t) => {
  const folder = scratch(t);
  const clip = await makeClip(t, `${folder}/high.h264`, { frames: 60, encode: B_FRAMES });
  const server = await startServer(t, { sources: [`file:${clip}`], args: ["--compat", "broadway=0,0"] });
  const browser = await startChromium();
  const page = await openClassic(t, browser, server.classic("broadway").page);
  const sentence =
    /Broadway plays baseline H\.264 only, and this stream has .*: set the encoder to profile baseline/;
  await until("the page says it", async () => sentence.test(await page.textContent("#message")));
  assert.match(await page.textContent("#message"), /--profile baseline; ffmpeg: -profile:v baseline/);
  assert.match(server.stderr, sentence);
  assert.equal(await page.evaluate("document.querySelector('#message').checkVisibility()"), true);
});

test("a change of resolution is survived", async (t) => {
  const folder = scratch(t);
  const [small, large] = [
    await makeClip(t, `${folder}/small.h264`, { width: 320, height: 180, frames: 45 }),
    await makeClip(t, `${folder}/large.h264`, { width: 640, height: 360, frames: 45, from: 45 }),
  ];
  const { readFileSync } = await import("node:fs");
  writeFileSync(`${folder}/both.h264`, Buffer.concat([readFileSync(small), readFileSync(large)]));
  const server = await startServer(t, {
    sources: [`file:${folder}/both.h264`],
    args: ["--compat", "broadway=0,0"],
  });
  const browser = await startChromium();
  const broadway = await openClassic(t, browser, server.classic("broadway").page);
  const jmuxer = await openClassic(t, browser, `${server.url}rpicam/`);
  for (const page of [broadway, jmuxer]) {
    await untilShown(page, "the small picture", (picture) => picture.width === 320);
    await untilShown(page, "the large picture", (picture) => picture.width === 640);
  }
});
