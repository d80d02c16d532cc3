import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";

import { readFrameClock } from "./frame-clock.mjs";
import { openInChromium, startChromium } from "./support/chromium.mjs";
import { assertPlays, pictureOf } from "./support/pixels.mjs";
import { PLAYERS } from "./support/players.mjs";
import { startServer } from "./support/server.mjs";

for (const { player } of PLAYERS) {
  test(`a snapshot is the picture, whole and of now: ${player}`, async (t) => {
    const server = await startServer(t, { sources: ["door=test,size=640x360"] });
    const browser = await startChromium();
    const page = await openInChromium(t, browser, `${server.url}?player=${player}`);
    await assertPlays(page, { count: 10 });

    const before = await pictureOf(page);
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("s")]);
    assert.match(download.suggestedFilename(), /^door-\d{4}(-\d\d){5}\.jpg$/);
    const path = await download.path();
    const raw = execFileSync(
      "ffmpeg",
      ["-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgba", "-"],
      { maxBuffer: 1 << 26 },
    );
    assert.equal(raw.length, 640 * 360 * 4, "640x360");
    const clock = readFrameClock(raw, 640, 360);
    assert.ok(clock, "it has a frame clock");
    assert.ok(
      clock.number >= before.number && clock.number < before.number + 300,
      `frame ${clock.number} after ${before.number}`,
    );
  });
}
