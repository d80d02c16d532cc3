// A stream with B frames does not come in the order in which it is shown.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { B_FRAMES, makeClip, scratch } from "./support/ffmpeg.mjs";
import { openInFirefox, startFirefox } from "./support/firefox.mjs";
import { assertPlays, pageState } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";

const FRAMES = 300;

test("B frames are shown in order", async (t) => {
  const clip = await makeClip(t, join(scratch(t), "clip.h264"), { encode: B_FRAMES, frames: FRAMES });
  const types = execFileSync(
    "ffprobe",
    ["-v", "error", "-show_entries", "frame=pict_type", "-of", "csv=p=0", clip],
    { encoding: "utf8" },
  );
  assert.match(types, /B/, "the clip has B frames");
  const server = await startServer(t, { sources: [`file:${clip}`] });

  const browsers = [
    {
      name: "Chromium",
      open: await startChromium().then((browser) => (t, url) => openInChromium(t, browser, url)),
    },
    {
      name: "Firefox",
      open: await startFirefox().then((browser) => (t, url) => openInFirefox(t, browser, url)),
    },
  ];
  for (const { name, open } of browsers) {
    for (const player of ["webcodecs", "mse"]) {
      await t.test(`in ${name} by ${player}`, async (t) => {
        const page = await open(t, `${server.url}?player=${player}`);
        const pictures = await assertPlays(page, { fresh: false, loop: FRAMES, count: 60 });
        const sent = ((pictures.at(-1).number - pictures[0].number + FRAMES) % FRAMES) + 1;
        const missing = sent - pictures.length;
        assert.ok(missing < 30, `most of them are shown: ${missing} of 60 were not`);
        assert.equal((await pageState(page)).player, player);
      });
    }
  }
});

test("B frames at two pictures a second are all shown by Media Source", async (t) => {
  const clip = await makeClip(t, join(scratch(t), "slow.h264"), { encode: B_FRAMES, frames: 120 });
  const server = await startServer(t, { sources: [`file,rate=2:${clip}`] });
  const page = await openInChromium(t, await startChromium(), `${server.url}?player=mse`);
  // It takes some pictures until playback has settled.
  const numbers = (await assertPlays(page, { fresh: false, count: 18 }))
    .map(({ number }) => number)
    .slice(-8);
  assert.equal(numbers.at(-1) - numbers[0], 7, `all of the last 8 were shown: ${numbers}`);
});
