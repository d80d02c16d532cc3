import test from "node:test";

import { startChromium } from "./support/chromium.mjs";
import { assertMoves, JMUXER, jmuxerPage, openClassic, startSite } from "./support/classic.mjs";
import { startServer } from "./support/server.mjs";

/** Pictures in two seconds: JMuxer plays without a buffer, and a busy machine makes it stutter. */
const COUNT = 10;

test("JMuxer plays", async (t) => {
  const server = await startServer(t);
  const browser = await startChromium();

  await t.test("on our page, for two viewers at once", async (t) => {
    const pages = [
      await openClassic(t, browser, `${server.url}rpicam/`),
      await openClassic(t, browser, `${server.url}cam/cam1/rpicam`),
    ];
    await Promise.all(
      pages.map((page) => assertMoves(page, { surface: "video", withinMs: 500, count: COUNT })),
    );
  });

  for (const path of ["ws/h264?tail=pps", "rpicam/ws/", "rpicam/ws/?tail=none", "cam/cam1/rpicam/ws/"]) {
    await t.test(
      `on a page that knows only the library, fed by ${path}, for two viewers at once`,
      async (t) => {
        const site = await startSite(t, { "/": jmuxerPage(server.ws(path)), "/jmuxer.min.js": JMUXER() });
        const pages = [await openClassic(t, browser, site.url), await openClassic(t, browser, site.url)];
        await Promise.all(pages.map((page) => assertMoves(page, { surface: "video", count: COUNT })));
      },
    );
  }
});
