/**
 * The JMuxer system as its author built it (camera, websockify, nginx, his page) beside this program in websockify's
 * place, fed the same coded pictures at the same time: age of the pictures on the page, and from opening the page to the
 * first picture. By the frame clock in the pixels; needs websockify (Debian: websockify) and a quiet machine.
 *
 *   node measure/classic-systems.mjs [JOINS] [SECONDS]      10 and 20 unless said otherwise
 *
 *   ffmpeg ─► one Annex B stream ─┬─► TCP ─► websockify ─► nginx /original/ws/ ─┐
 *                                 └─► TCP ─► lenscast   ─► nginx /rpicam/ws/   ─┴─► the same page, twice
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { Child } from "../support/child.mjs";
import { launchChromium } from "../support/chromium.mjs";
import { JMUXER, median, openClassic, picturesFor, SEED_JMUXER_PAGE, untilShown } from "../support/classic.mjs";
import { atEnd } from "../support/cleanup.mjs";
import { LIVE, scratch, startCamera } from "../support/ffmpeg.mjs";
import { runNginx } from "../support/nginx.mjs";
import { freePort } from "../support/ports.mjs";
import { startServer } from "../support/server.mjs";
import { script } from "./script.mjs";

const joins = Number(process.argv[2] ?? 10);
const seconds = Number(process.argv[3] ?? 20);
/** rpicam-vid's own distance of keyframes. */
const GOP = LIVE.map((word, at) => (LIVE[at - 1] === "-g" ? "60" : word));
const KEYFRAME = Buffer.from([0, 0, 0, 1, 0x67]);

/** The camera: its bytes to every connection, to a new one from the next keyframe on, as `libcamera-vid --listen` begins. */
async function startSplitCamera(t) {
  const camera = startCamera(t, ["pipe:1"], { encode: GOP });
  const clients = new Map();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    clients.set(socket, false);
    socket.on("error", () => {}).on("close", () => clients.delete(socket));
  });
  const port = await freePort();
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  atEnd(t, () => server.close());
  camera.process.stdout.on("data", (bytes) => {
    const key = bytes.indexOf(KEYFRAME);
    for (const [socket, begun] of clients) {
      if (begun) socket.write(bytes);
      else if (key >= 0) {
        clients.set(socket, true);
        socket.write(bytes.subarray(key));
      }
    }
  });
  return port;
}

const block = (path, port) => `location ${path} {
  proxy_redirect off; proxy_pass http://0.0.0.0:${port}; proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; }`;

await script(async (t) => {
  const camera = await startSplitCamera(t);
  const proxyPort = await freePort();
  const websockify = new Child("websockify", [`127.0.0.1:${proxyPort}`, `127.0.0.1:${camera}`]);
  atEnd(t, () => websockify.kill());
  const server = await startServer(t, { sources: [`tcp://127.0.0.1:${camera}`] });
  const root = scratch(t);
  for (const folder of ["original", "rpicam"]) {
    mkdirSync(`${root}/${folder}`);
    writeFileSync(`${root}/${folder}/index.html`, SEED_JMUXER_PAGE);
    writeFileSync(`${root}/${folder}/jmuxer.min.js`, JMUXER());
  }
  const types = "types { text/html html; text/javascript js; }";
  const url = await runNginx(t, `root ${root}; ${types} location = /favicon.ico { return 204; }
    ${block("/original/ws/", proxyPort)} ${block("/rpicam/ws/", server.port)}`);
  const browser = await launchChromium();
  atEnd(t, () => browser.close());
  await server.untilCamera("it is live", (status) => status.state === "live");

  const systems = [["websockify + nginx + JMuxer", "original/"], ["Lenscast + nginx + JMuxer", "rpicam/"]];
  const firsts = new Map(systems.map(([name]) => [name, []]));
  for (let join = 0; join < joins; join++) {
    for (const [name, path] of systems) {
      await sleep(Math.random() * 2000);
      await script(async (own) => {
        const started = performance.now();
        const page = await openClassic(own, browser, url + path);
        await untilShown(page);
        firsts.get(name).push(performance.now() - started);
      });
    }
  }
  const pages = [];
  for (const [name, path] of systems) pages.push([name, await openClassic(t, browser, url + path)]);
  for (const [, page] of pages) await untilShown(page);
  await sleep(5000);
  const seen = await Promise.all(pages.map(async ([name, page]) => [name, await picturesFor(page, seconds * 1000)]));

  console.log(`\n640x360 at 30 fps, a keyframe every 2 s; ${joins} joins, then ${seconds} s of both at once; milliseconds`);
  for (const [name, pictures] of seen) {
    const ages = pictures.map((picture) => picture.ageMs).sort((a, b) => a - b);
    const first = firsts.get(name);
    console.log(`  ${name}: age of a picture median ${median(ages).toFixed(0)}, p95 ${ages[Math.floor(ages.length * 0.95)].toFixed(0)} (${ages.length} pictures); ` +
      `first picture median ${median(first).toFixed(0)}, most ${Math.max(...first).toFixed(0)}`);
  }
});
