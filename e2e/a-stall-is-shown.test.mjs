import assert from "node:assert/strict";
import test, { describe } from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { startCamera } from "./support/ffmpeg.mjs";
import { assertPlays, messageOf, untilSaid, untilState } from "./support/pixels.mjs";
import { PLAYERS } from "./support/players.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

// Most of it is waiting.
describe("frames that stop are shown as a stall, with seconds", { concurrency: 2 }, () => {
  for (const { player } of PLAYERS) test(player, (t) => stalls(t, player));
});

async function stalls(t, player) {
  const port = await holdPort(t);
  const camera = startCamera(t, [`tcp://127.0.0.1:${port}?listen=1`]);
  const server = await startServer(t, { sources: [`tcp://127.0.0.1:${port}`] });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, `${server.url}?player=${player}`);
  await assertPlays(page);

  camera.pause();
  const paused = performance.now();
  await untilState(page, "stalled", { everyMs: 10 });
  const afterMs = performance.now() - paused;
  t.diagnostic(`${player}: the stall is shown ${Math.round(afterMs)} ms after the last picture was drawn`);
  assert.ok(afterMs < 3000, `the stall is shown after ${afterMs} ms`);
  await until("the seconds", async () => /^No new picture for [1-9] s/.test(await messageOf(page)), {
    everyMs: 10,
  });

  // The server says it, too, when it lasts.
  await untilSaid(page, "offline", /No picture has come from .* for 4 s/);

  camera.resume();
  await assertPlays(page);
}
