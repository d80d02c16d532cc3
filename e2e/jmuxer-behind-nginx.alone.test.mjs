/** The third system as its author describes it: his page and his nginx, and this program in websockify's place. */

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { startChromium } from "./support/chromium.mjs";
import { assertMoves, JMUXER, medianAge, openClassic, SEED_JMUXER_PAGE } from "./support/classic.mjs";
import { quoted, scratch } from "./support/ffmpeg.mjs";
import { runNginx } from "./support/nginx.mjs";
import { startServer } from "./support/server.mjs";
import { openViewer } from "./support/viewer.mjs";

/** By how much the PPS must bring pictures forward. A busy machine blurs the gain, so this only tells that there is one; 50 on a quiet one. */
const SOONER_MS = Number(process.env.LENSCAST_SOONER_MS ?? 10);
/** Pairs of pages that are compared; the median counts. */
const ROUNDS = Number(process.env.LENSCAST_ROUNDS ?? 1);
/** Pictures in two seconds: JMuxer plays without a buffer, and a busy machine makes it stutter. */
const COUNT = 10;

/** The author's block, but for the port. */
const location = (port) => `location /rpicam/ws/ {
proxy_redirect off;
proxy_pass http://0.0.0.0:${port};
proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection "upgrade";
}`;

test("the page behind nginx", async (t) => {
  const server = await startServer(t, { sources: ["test,size=640x360"] });
  const root = scratch(t);
  for (const folder of ["rpicam", "untailed"]) {
    mkdirSync(`${root}/${folder}`);
    writeFileSync(`${root}/${folder}/index.html`, SEED_JMUXER_PAGE);
    writeFileSync(`${root}/${folder}/jmuxer.min.js`, JMUXER());
  }
  // The same page at another address, whose socket is fed as websockify would do it at its best.
  const untailed = location(server.port)
    .replace("/rpicam/ws/", "/untailed/ws/")
    .replace(`:${server.port};`, `:${server.port}/rpicam/ws/?tail=none;`);
  const types = "types { text/html html; text/javascript js; }";
  const url = await runNginx(
    t,
    `root ${root}; ${types} location = /favicon.ico { return 204; } ${location(server.port)} ${untailed}`,
  );
  const browser = await startChromium();

  const first = await openClassic(t, browser, `${url}rpicam/`);
  await t.test("plays", () => assertMoves(first, { surface: "video", withinMs: 500, count: COUNT }));

  await t.test("plays for a second and a third viewer, and goes on when they leave", async (t) => {
    await t.test("they come and go", async (t) => {
      const others = [
        await openClassic(t, browser, `${url}rpicam/`),
        await openClassic(t, browser, `${url}rpicam/`),
      ];
      await Promise.all(
        others.map((page) => assertMoves(page, { surface: "video", withinMs: 500, count: COUNT })),
      );
      const status = (await server.status()).cameras[0];
      const viewers = status.tracks.flatMap((track) => track.viewers);
      assert.equal(viewers.filter((viewer) => viewer.transport === "rpicam/ws").length, 3);
    });
    await assertMoves(first, { surface: "video", withinMs: 500, count: COUNT });
  });

  await t.test("shows pictures sooner than without the PPS behind them", async (t) => {
    // New pages each time: JMuxer stays behind by what a disturbance of the past has cost it.
    const differences = [];
    for (let round = 0; round < ROUNDS; round++) {
      await t.test(`round ${round}`, async (t) => {
        // One after the other: JMuxer stays behind by what its start takes, and the other's start would take from it.
        const pages = [];
        for (const path of ["rpicam/", "untailed/"]) {
          const page = await openClassic(t, browser, `${url}${path}`);
          await assertMoves(page, { surface: "video", count: COUNT });
          pages.push(page);
        }
        const [tailed, untailed] = await Promise.all(pages.map((page) => medianAge(page)));
        t.diagnostic(
          `age of the pictures: ${tailed.toFixed(0)} ms with them, ${untailed.toFixed(0)} ms without`,
        );
        differences.push(untailed - tailed);
      });
    }
    assert.ok(
      differences.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] >= SOONER_MS,
      `sooner by ${differences.map(Math.round)} ms`,
    );
  });

  await t.test("websockify's subprotocol is echoed", async () => {
    const { default: WebSocket } = await import("ws");
    const socket = new WebSocket(`${url.replace("http", "ws")}rpicam/ws/`, ["binary"]);
    await new Promise((done, failed) => socket.on("open", done).on("error", failed));
    assert.equal(socket.protocol, "binary");
    socket.terminate();
  });
});

test("a camera outlives all of its viewers", async (t) => {
  const clip = fileURLToPath(new URL("../media/tests/golden/x264-baseline.h264", import.meta.url));
  const server = await startServer(t, {
    sources: [`exec:sh -c ${quoted(`while :; do cat ${clip}; sleep 0.5; done`)}`],
  });
  await server.untilCamera("it runs", (camera) => camera.state === "live");
  for (let round = 0; round < 3; round++) {
    const viewers = await Promise.all(
      [1, 2, 3].map(() => openViewer(t, server.ws("rpicam/ws/"), { keep: false })),
    );
    viewers.forEach((viewer) => viewer.terminate());
  }
  const frames = (await server.status()).cameras[0].tracks[0].frames;
  const camera = await server.untilCamera("it goes on", (camera) => camera.tracks[0].frames > frames + 60);
  assert.equal(camera.state, "live");
});
