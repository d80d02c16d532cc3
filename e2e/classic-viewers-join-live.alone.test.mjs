/** Two seconds after opening, each classic page is at most 300 ms behind a viewer that has been there for a while. */

import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { startChromium } from "./support/chromium.mjs";
import {
  BROADWAY,
  JMUXER,
  jmuxerPage,
  liveClient,
  livePlayerPage,
  medianAge,
  openClassic,
  seedBroadwayPage,
  startSite,
  untilShown,
} from "./support/classic.mjs";
import { LIVE, startCamera } from "./support/ffmpeg.mjs";
import { bareJsmpgPage, JSMPEG, jsmpegPage, JSMPG } from "./support/jsmpeg.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";

const BAR_MS = 300;
/**
 * How long the first viewer has been there, and how many join it: LENSCAST_BEFORE_MS=60000 LENSCAST_JOINS=20 to know it well.
 * Unless that is asked for, some pages join once, each with one source.
 */
const BEFORE_MS = Number(process.env.LENSCAST_BEFORE_MS ?? 1000);
const JOINS = Number(process.env.LENSCAST_JOINS ?? 1);
const EVERYTHING = process.env.LENSCAST_JOINS !== undefined;
/** The long GOP of cameras, in which joins fall anywhere. */
const GOP_OF_TWO_SECONDS = LIVE.map((word, at) => (LIVE[at - 1] === "-g" ? "60" : word));

const COMPAT = ["--compat", "broadway=0,0", "--compat", "pistreaming=0,0"];

const PLAYERS = {
  "JMuxer, our page": (server) => `${server.url}rpicam/`,
  "JMuxer, a bare page": async (server, t) =>
    (await startSite(t, { "/": jmuxerPage(server.ws("ws/h264?tail=pps")), "/jmuxer.min.js": JMUXER() })).url,
  "JMuxer, a bare page at the plain ws/h264": async (server, t) =>
    (await startSite(t, { "/": jmuxerPage(server.ws("ws/h264")), "/jmuxer.min.js": JMUXER() })).url,
  "Broadway, our page": (server) => server.classic("broadway").page,
  "Broadway, the author's page": async (server, t) =>
    (await startSite(t, { "/": seedBroadwayPage(server.classic("broadway").port), ...BROADWAY() })).url,
  "h264-live-player": async (server, t) =>
    (await startSite(t, { "/": livePlayerPage(server.ws("ws/nal")), "/player.js": await liveClient() })).url,
  "jsmpeg of today": async (server, t) =>
    (await startSite(t, { "/": jsmpegPage(server.ws("ws/jsmpeg")), "/jsmpeg.js": JSMPEG() })).url,
  "jsmpg.js of 2013": async (server, t) =>
    (await startSite(t, { "/": bareJsmpgPage(server.ws("ws/jsmp")), "/jsmpg.js": JSMPG() })).url,
  "pistreaming, our page": (server) => server.classic("pistreaming").page,
};

const SOURCES = {
  "a source that we encode": {
    start: async (t) => startServer(t, { sources: ["test,size=320x180"], args: COMPAT }),
    players: ["jsmpeg of today", "pistreaming, our page"],
  },
  "a camera with a keyframe every two seconds": {
    start: async (t) => {
      const port = await holdPort(t);
      const server = await startServer(t, { sources: [`tcp-listen://127.0.0.1:${port}`], args: COMPAT });
      startCamera(t, [`tcp://127.0.0.1:${port}`], { width: 320, height: 180, encode: GOP_OF_TWO_SECONDS });
      return server;
    },
    players: ["JMuxer, a bare page at the plain ws/h264", "Broadway, the author's page", "h264-live-player"],
  },
};

for (const [source, { start, players }] of Object.entries(SOURCES)) {
  test(`joining ${source}`, async (t) => {
    const server = await start(t);
    const browser = await startChromium();
    for (const [player, address] of Object.entries(PLAYERS)) {
      if (!EVERYTHING && !players.includes(player)) continue;
      await t.test(player, async (t) => {
        const url = await address(server, t);
        const old = await openClassic(t, browser, url, { expected: [/favicon|404/] });
        await untilShown(old);
        await sleep(BEFORE_MS);
        const lags = [];
        for (let join = 0; join < JOINS; join++) {
          await t.test(`join ${join}`, async (t) => {
            await sleep(Math.random() * 2000);
            const opened = performance.now();
            const page = await openClassic(t, browser, url, { expected: [/favicon|404/] });
            await untilShown(page);
            await sleep(Math.max(0, 2000 - (performance.now() - opened)));
            const [newcomer, before] = await Promise.all([medianAge(page, 1500), medianAge(old, 1500)]);
            lags.push(Math.round(newcomer - before));
          });
        }
        t.diagnostic(`${player}: behind by ${lags.join(", ")} ms`);
        assert.ok(Math.max(...lags) <= BAR_MS, `behind by ${lags} ms`);
      });
    }
  });
}
