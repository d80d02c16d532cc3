import { writeFileSync } from "node:fs";
import test from "node:test";

import { startChromium } from "./support/chromium.mjs";
import { assertMoves, openClassic, startSite } from "./support/classic.mjs";
import { scratch } from "./support/ffmpeg.mjs";
import { bareJsmpgPage, JSMPEG, jsmpegPage, JSMPG, jsmpgPage } from "./support/jsmpeg.mjs";
import { startServer } from "./support/server.mjs";

/** Both decode in JavaScript, and the machine is shared. */
const TINY = "test,size=320x180,rate=24";
const PLAYS = { surface: "canvas", withinMs: 300 };

async function assertPlayForTwo(t, browser, url, expected = []) {
  const open = () => openClassic(t, browser, url, { expected });
  const pages = [await open(), await open()];
  await Promise.all(pages.map((page) => assertMoves(page, PLAYS)));
}

test("today's jsmpeg plays on a page that knows only the library, for two viewers at once", async (t) => {
  const server = await startServer(t, { sources: [TINY] });
  const browser = await startChromium();
  for (const options of [{}, { disableWebAssembly: true }, { protocols: ["null"] }]) {
    await t.test(JSON.stringify(options), async (t) => {
      const site = await startSite(t, {
        "/": jsmpegPage(server.ws("ws/jsmpeg"), options),
        "/jsmpeg.js": JSMPEG(),
      });
      await assertPlayForTwo(t, browser, site.url);
    });
  }
});

test("the jsmpg.js of 2013 plays on a page that knows only the library, for two viewers at once", async (t) => {
  const server = await startServer(t, { sources: [TINY] });
  const browser = await startChromium();
  const site = await startSite(t, { "/": bareJsmpgPage(server.ws("ws/jsmp")), "/jsmpg.js": JSMPG() });
  await assertPlayForTwo(t, browser, site.url);
});

test("pistreaming's page plays", async (t) => {
  const browser = await startChromium();
  await t.test("ours, with our jsmpg.js", async (t) => {
    const server = await startServer(t, { sources: [TINY], args: ["--compat", "pistreaming=0,0"] });
    await assertPlayForTwo(t, browser, server.classic("pistreaming").page);
  });
  for (const placeholder of ["@ADDRESS@", "${ADDRESS}"]) {
    await t.test(`the author's own, with ${placeholder} and the library of 2013`, async (t) => {
      const folder = scratch(t);
      writeFileSync(`${folder}/index.html`, jsmpgPage(placeholder));
      writeFileSync(`${folder}/jsmpg.js`, JSMPG());
      const server = await startServer(t, {
        sources: [TINY],
        args: ["--compat", "pistreaming=0,0", "--static", folder],
      });
      // It has no icon.
      await assertPlayForTwo(t, browser, server.classic("pistreaming").page, [/404/]);
    });
  }
});
