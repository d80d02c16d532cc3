/**
 * The classic pages, which only know their library: the camera changes its resolution in mid-stream, and goes away and comes
 * back with another. Pictures go on by themselves. Each library goes through one of the two, unless LENSCAST_ALL_PAGES=1 says
 * that each page goes through both.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import test from "node:test";

import { atEnd } from "./support/cleanup.mjs";
import { startChromium } from "./support/chromium.mjs";
import {
  assertMoves,
  BROADWAY,
  JMUXER,
  jmuxerPage,
  liveClient,
  livePlayerPage,
  openClassic,
  seedBroadwayPage,
  startSite,
  untilShown,
} from "./support/classic.mjs";
import { startCamera } from "./support/ffmpeg.mjs";
import { bareJsmpgPage, JSMPEG, jsmpegPage, JSMPG } from "./support/jsmpeg.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";

/** All of one shape, for MPEG-1 keeps the size that it began with, and in whole macroblocks, for Broadway shows no less. */
const SIZES = [
  { width: 640, height: 480 },
  { width: 320, height: 240 },
  { width: 640, height: 480 },
];

const PAGES = {
  "JMuxer, our page": { url: (server) => `${server.url}rpicam/` },
  "JMuxer, a bare page": {
    files: (server) => ({ "/": jmuxerPage(server.ws("ws/h264?tail=pps")), "/jmuxer.min.js": JMUXER() }),
  },
  "Broadway, our page": { url: (server) => server.classic("broadway").page },
  "Broadway, the author's page": {
    files: (server) => ({ "/": seedBroadwayPage(server.classic("broadway").port), ...BROADWAY() }),
  },
  // Where it paints by WebGL, it does not move the viewport with the size, and shows a part.
  "h264-live-player": {
    files: async (server) => ({
      "/": livePlayerPage(server.ws("ws/nal"), "canvas"),
      "/player.js": await liveClient(),
    }),
  },
  "jsmpeg of today": {
    keepsSize: true,
    files: (server) => ({ "/": jsmpegPage(server.ws("ws/jsmpeg")), "/jsmpeg.js": JSMPEG() }),
  },
  "jsmpg.js of 2013": {
    keepsSize: true,
    files: (server) => ({ "/": bareJsmpgPage(server.ws("ws/jsmp")), "/jsmpg.js": JSMPG() }),
  },
};

/** Which pages go through what, unless all of them are to: each library once. */
const SOME = {
  "in mid-stream": ["JMuxer, a bare page", "h264-live-player"],
  "after the camera was away": ["Broadway, the author's page", "jsmpeg of today"],
};

/** Cameras of these sizes one after the other, over one connection: for the server it is one stream. */
async function inMidStream(t, port, start) {
  const socket = connect(port, "127.0.0.1");
  atEnd(t, () => socket.destroy());
  await once(socket, "connect");
  return async (size) => {
    const camera = start(["pipe:1"], size);
    camera.process.stdout.pipe(socket, { end: false });
    return async () => {
      camera.process.stdin.end();
      await once(camera.process.stdout, "end");
    };
  };
}

/** Each with a connection of its own. */
async function awayAndBack(t, port, start) {
  return async (size) => {
    const camera = start([`tcp://127.0.0.1:${port}`], size);
    return () => camera.stop("SIGKILL");
  };
}

const WAYS = {
  "in mid-stream": inMidStream,
  "after the camera was away": awayAndBack,
};

for (const [how, cameras] of Object.entries(WAYS)) {
  const names = process.env.LENSCAST_ALL_PAGES ? Object.keys(PAGES) : SOME[how];
  test(`another resolution ${how}`, async (t) => {
    const browser = await startChromium();
    for (const name of names) {
      const { url, files, keepsSize } = PAGES[name];
      await t.test(name, async (t) => {
        const port = await holdPort(t);
        const server = await startServer(t, {
          sources: [`tcp-listen://127.0.0.1:${port}`],
          args: ["--compat", "broadway=0,0"],
        });
        await server.untilCamera("it waits", (camera) => camera.state === "offline");
        const play = await cameras(t, port, (output, size) => startCamera(t, output, size));
        const address = url?.(server) ?? (await startSite(t, await files(server))).url;
        let page = null;
        for (const size of SIZES) {
          const end = await play(size);
          page ??= await openClassic(t, browser, address, { expected: [/favicon|404/] });
          const shown = keepsSize ? SIZES[0] : size;
          await untilShown(
            page,
            `a picture of ${size.width}x${size.height}`,
            (picture) =>
              picture.width === shown.width && picture.height === shown.height && picture.ageMs < 1000,
          );
          await assertMoves(page, { count: 10 });
          await end();
        }
      });
    }
  });
}
