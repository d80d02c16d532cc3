import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { assertPlays, untilPicture } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";
import { startSlowLink } from "./support/slow_link.mjs";

test("a connection that has become slow is overtaken by a fresh one, and the page is live again", async (t) => {
  const server = await startServer(t, { sources: ["test"] });
  const link = await startSlowLink(t, Number(new URL(server.url).port));
  const browser = await startChromium();
  const page = await openInChromium(t, browser, `${link.url}?player=webcodecs`);
  await assertPlays(page);
  const before = link.count;

  link.slowDown(10_000);
  const late = await untilPicture(page, "a picture that is late", ({ ageMs }) => ageMs > 400, {
    everyMs: 20,
  });
  const live = await untilPicture(
    page,
    "a live picture",
    ({ ageMs, number }) => ageMs < 300 && number > late.number,
    { everyMs: 20 },
  );
  assert.ok(link.count > before, "there was a fresh connection");
  t.diagnostic(`from ${Math.round(late.ageMs)} ms to ${Math.round(live.ageMs)} ms`);
  await assertPlays(page);
});
