import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { startCamera } from "./support/ffmpeg.mjs";
import { assertPlays, pictureOf, untilPicture, untilState } from "./support/pixels.mjs";
import { PLAYERS } from "./support/players.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";
import { openViewer } from "./support/viewer.mjs";

for (const { player } of PLAYERS) {
  test(`pause keeps the picture and takes no frames, and goes back to live: ${player}`, async (t) => {
    const server = await startServer(t);
    const browser = await startChromium();
    const page = await openInChromium(t, browser, `${server.url}?player=${player}`);
    await assertPlays(page, { count: 20 });
    const other = await openViewer(t, server.ws("ws/h264"), { keep: false });

    const goBack = {
      key: () => page.keyboard.press("Space"),
      button: () => page.locator(".back-to-live").click(),
    };
    for (const [by, act] of Object.entries(goBack)) {
      await page.keyboard.press("Space");
      await untilState(page, "paused");
      await server.untilCamera("only the other viewer takes frames", (camera) =>
        camera.tracks[0].viewers.every(
          (viewer) => viewer.paused === (viewer.transport === "ws/live") && viewer.transport !== "ws/mp4",
        ),
      );
      const still = await pictureOf(page);
      const seen = other.received;
      await until("a second goes by for the other viewer", () => other.received > seen + 30);
      assert.equal((await pictureOf(page)).number, still.number, "the picture stays");

      await act();
      await assertPlays(page, { count: 20 });
      assert.ok((await pictureOf(page)).number > still.number, `back to live by ${by}`);
    }
  });
}

// ffmpeg cannot be asked for a keyframe, and its next one is most of a minute away: the cached GOP has to do.
for (const player of ["webcodecs", "mse"]) {
  test(`back to live does not wait for the camera's next keyframe: ${player}`, async (t) => {
    const port = await holdPort(t);
    const encode = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "1800"];
    startCamera(t, [`tcp://127.0.0.1:${port}?listen=1`], { encode });
    const server = await startServer(t, { sources: [`tcp://127.0.0.1:${port}`] });
    const browser = await startChromium();
    const page = await openInChromium(t, browser, `${server.url}?player=${player}`);
    await assertPlays(page, { count: 20 });

    await page.keyboard.press("Space");
    await untilState(page, "paused");
    const before = (await server.status()).cameras[0].tracks[0];
    const resumed = Date.now();
    await page.keyboard.press("Space");
    await untilPicture(page, "a picture of now", ({ ageMs }) => Date.now() - ageMs >= resumed, {
      everyMs: 5,
      patienceMs: 15_000,
    });
    t.diagnostic(`${player}: live ${Date.now() - resumed} ms after the key`);
    const after = (await server.status()).cameras[0].tracks[0];
    assert.equal(after.keyframes, before.keyframes, "no keyframe came meanwhile");
    await assertPlays(page, { count: 20 });
  });
}
