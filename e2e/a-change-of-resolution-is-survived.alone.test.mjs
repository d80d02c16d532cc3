import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import test from "node:test";

import { atEnd } from "./support/cleanup.mjs";
import { openInChromium, startChromium } from "./support/chromium.mjs";
import { startCamera } from "./support/ffmpeg.mjs";
import { openInFirefox, startFirefox } from "./support/firefox.mjs";
import { assertPlays, pageState, untilPicture } from "./support/pixels.mjs";
import { PLAYERS } from "./support/players.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";

const SIZES = [
  { width: 640, height: 360 },
  { width: 320, height: 240 },
  { width: 960, height: 540 },
];

test("a change of resolution in mid-stream is survived", async (t) => {
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
    // MPEG-1 is scaled by the server to the size it began with, bars included, so the clock cannot be read there;
    // classic-pages-go-on-in-another-size.alone.test.mjs has it without bars.
    for (const { player } of PLAYERS.filter(({ player }) => player !== "jsmpeg")) {
      await t.test(`in ${name} by ${player}`, async (t) => {
        const port = await holdPort(t);
        const server = await startServer(t, { sources: [`tcp-listen://127.0.0.1:${port}`] });
        await server.untilCamera("it waits", (camera) => camera.state === "offline");
        const page = await open(t, `${server.url}?player=${player}`);

        // One connection, over which the cameras send one after the other: for the server it is one stream.
        const socket = connect(port, "127.0.0.1");
        atEnd(t, () => socket.destroy());
        await once(socket, "connect");
        for (const size of SIZES) {
          const camera = startCamera(t, ["pipe:1"], size);
          camera.process.stdout.pipe(socket, { end: false });
          const isThatSize = ({ width, height }) => width === size.width && height === size.height;
          await untilPicture(page, `a picture of ${size.width}x${size.height}`, isThatSize);
          await assertPlays(page, { count: 20 });
          const state = await pageState(page);
          assert.deepEqual([state.player, state.width, state.height], [player, size.width, size.height]);
          camera.process.stdin.end();
          await once(camera.process.stdout, "end");
        }
      });
    }
  }
});
