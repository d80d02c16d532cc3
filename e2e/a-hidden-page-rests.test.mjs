import assert from "node:assert/strict";
import test, { describe } from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { assertPlays, untilPicture, untilState } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";

/** Headless pages are never hidden, so the page is told that it is. */
const setHidden = (page, hidden) =>
  page.evaluate(`(() => {
    for (const [name, value] of [["hidden", ${hidden}], ["visibilityState", ${hidden ? '"hidden"' : '"visible"'}]]) {
      Object.defineProperty(document, name, { configurable: true, get: () => value });
    }
    document.dispatchEvent(new Event("visibilitychange"));
  })()`);

const takesFrames = (camera) => camera.tracks[0].viewers.some((viewer) => !viewer.paused);

// Most of it is waiting.
describe(
  "a page that nobody sees takes no video, and is live when it is seen again",
  { concurrency: 2 },
  () => {
    for (const player of ["webcodecs", "mse"]) test(player, (t) => rests(t, player));
  },
);

async function rests(t, player) {
  const server = await startServer(t);
  const browser = await startChromium();
  const page = await openInChromium(t, browser, `${server.url}?player=${player}`);
  await assertPlays(page, { count: 20 });

  // A short look elsewhere changes nothing.
  await setHidden(page, true);
  await setHidden(page, false);
  await assertPlays(page, { count: 20 });

  const hidden = performance.now();
  await setHidden(page, true);
  await untilState(page, "hidden");
  const restedMs = performance.now() - hidden;
  assert.ok(restedMs > 9000, `it rested after ${restedMs} ms already`);
  await server.untilCamera("no viewer takes frames", (camera) => !takesFrames(camera));
  await server.untilCamera("the pattern rests, too", (camera) => camera.state === "idle");

  const seen = Date.now();
  await setHidden(page, false);
  await untilPicture(page, "a picture of now", ({ ageMs }) => Date.now() - ageMs >= seen, { everyMs: 5 });
  const backMs = Date.now() - seen;
  t.diagnostic(
    `${player}: rested after ${(restedMs / 1000).toFixed(1)} s, live ${backMs} ms after it was seen again`,
  );
  assert.ok(backMs < 3000, `live after ${backMs} ms`);
  await assertPlays(page, { count: 20 });
}
