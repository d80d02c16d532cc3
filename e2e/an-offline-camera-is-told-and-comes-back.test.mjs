import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { startCamera } from "./support/ffmpeg.mjs";
import { assertPlays, pageState, untilPicture, untilSaid } from "./support/pixels.mjs";
import { PLAYERS } from "./support/players.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

for (const { player } of PLAYERS) {
  test(`a camera that goes offline is told, and its picture comes back, in another size: ${player}`, async (t) => {
    const port = await holdPort(t);
    const output = [`tcp://127.0.0.1:${port}?listen=1`];
    let camera = startCamera(t, output);
    const server = await startServer(t, { sources: [`tcp://127.0.0.1:${port}`] });
    const browser = await startChromium();
    const page = await openInChromium(t, browser, `${server.url}?player=${player}`);
    await assertPlays(page);

    await camera.stop("SIGKILL");
    await untilSaid(page, "offline", /^Camera offline \| Cannot connect to tcp:.* Next try in [1-5] s\.$/);
    await until("the title says so", async () => /Offline/.test(await page.title()));

    camera = startCamera(t, output, { width: 320, height: 180 });
    // MPEG-1 keeps the size it began with for as long as it is watched.
    await untilPicture(
      page,
      "the picture in its new size",
      ({ width, ageMs }) => ageMs < 1000 && width === (player === "jsmpeg" ? 640 : 320),
    );
    await assertPlays(page);
    assert.equal((await pageState(page)).player, player, "the same player");
  });
}

test("a command that fails is quoted on the page", async (t) => {
  const server = await startServer(t, { sources: [`exec:sh -c 'echo the lens cap is on >&2; exit 3'`] });
  const browser = await startChromium();
  const page = await openInChromium(t, browser, server.url);
  await untilSaid(
    page,
    "offline",
    /^Camera offline \| The command sh ended with exit status 3: the lens cap is on\. Next try in [1-5] s\.$/,
  );
});
