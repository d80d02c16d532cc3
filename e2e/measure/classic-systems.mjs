/**
 * The classic systems for H.264 as their authors built them beside this program in their place, all fed the same coded pictures
 * at the same time: age of the pictures on the page, and from opening the page to the first picture. By the frame clock in the
 * pixels; needs websockify and ws4py (Debian: websockify, python3-ws4py) and a quiet machine.
 *
 *   node measure/classic-systems.mjs [JOINS] [SECONDS]      10 and 20 unless said otherwise
 *
 *   ffmpeg ─► Annex B ─┬─► TCP ─► websockify ─► nginx /original/ws/ ─┐
 *                      ├─► TCP ─► lenscast   ─► nginx /rpicam/ws/   ─┴─► the JMuxer page, twice
 *                      ├─► picamera_server.py (ws4py) ──────────────┬─► the Broadway page, twice
 *                      └─► pipe ─► lenscast --compat broadway ──────┘
 *
 * MPEG-1 is measured by mpeg1-side-by-side.mjs.
 */

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import WebSocket from "ws";

import { Child } from "../support/child.mjs";
import { launchChromium } from "../support/launch.mjs";
import {
  BROADWAY,
  JMUXER,
  median,
  openClassic,
  picturesFor,
  SEED_JMUXER_PAGE,
  seedBroadwayPage,
  startSite,
  untilShown,
} from "../support/classic.mjs";
import { atEnd } from "../support/cleanup.mjs";
import { LIVE, quoted, scratch, startCamera } from "../support/ffmpeg.mjs";
import { runNginx } from "../support/nginx.mjs";
import { holdPort } from "../support/ports.mjs";
import { startServer } from "../support/server.mjs";
import { until } from "../support/until.mjs";
import { script } from "./script.mjs";

/** Neither page has an icon. */
const COMPLAINTS = { expected: [/favicon|404/] };
const joins = Number(process.argv[2] ?? 10);
const seconds = Number(process.argv[3] ?? 20);
/** rpicam-vid's own distance of keyframes. */
const GOP = LIVE.map((word, at) => (LIVE[at - 1] === "-g" ? "60" : word));
const START_CODE = Buffer.from([0, 0, 0, 1]);
const KEYFRAME = Buffer.from([0, 0, 0, 1, 0x67]);
const IDR = Buffer.from([0, 0, 1, 0x65]);

/**
 * The camera. Its bytes go to every connection, to a new one from the next keyframe on, as `libcamera-vid --listen` begins; and
 * to `listeners`, a frame at once, as picamera's encoder gives them.
 */
async function startSplitCamera(t, options) {
  const camera = startCamera(t, ["pipe:1"], { ...options, encode: GOP });
  const clients = new Map();
  const listeners = [];
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    clients.set(socket, false);
    socket.on("error", () => {}).on("close", () => clients.delete(socket));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
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
    for (const listener of listeners) for (const frame of framesOf(bytes)) listener(frame);
  });
  return { port, listeners };
}

/** ffmpeg writes a frame at once; two may be read together. What does not begin with a start code would be half a frame. */
function framesOf(bytes) {
  if (!bytes.subarray(0, 4).equals(START_CODE))
    throw new Error("a frame was cut in two: the comparison needs smaller ones");
  const starts = [0];
  for (let at = bytes.indexOf(START_CODE, 4); at >= 0; at = bytes.indexOf(START_CODE, at + 4)) {
    const [type, before] = [bytes[at + 4] & 0x1f, bytes[starts.at(-1) + 4] & 0x1f];
    // A keyframe is SPS, PPS and slice; the others are a slice.
    if (type === 7 || (type === 1 && before !== 7) || (type === 1 && bytes.indexOf(IDR, starts.at(-1)) < at))
      starts.push(at);
  }
  return starts.map((start, index) => bytes.subarray(start, starts[index + 1]));
}

/** The Broadway system's WebSocket, fed by what this gives. */
async function startPicamera(t) {
  const port = await holdPort(t);
  const script = new URL("picamera_server.py", import.meta.url).pathname;
  const python = new Child("/usr/bin/python3", [script, String(port)], { stdio: ["pipe", "pipe", "pipe"] });
  atEnd(t, () => python.kill());
  await until("ws4py listens", async () => {
    if (!python.running) throw new Error(python.stderr);
    const viewer = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(viewer, "open");
    viewer.terminate();
    return true;
  });
  const feed = (frame) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(frame.length);
    python.process.stdin.write(Buffer.concat([length, frame]));
  };
  return { port, feed };
}

const block = (path, port) => `location ${path} {
  proxy_redirect off; proxy_pass http://0.0.0.0:${port}; proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; }`;

/** Both JMuxer pages behind one nginx: the address of each. */
async function startNginx(t, websockify, lenscast) {
  const root = scratch(t);
  for (const folder of ["original", "rpicam"]) {
    mkdirSync(`${root}/${folder}`);
    writeFileSync(`${root}/${folder}/index.html`, SEED_JMUXER_PAGE);
    writeFileSync(`${root}/${folder}/jmuxer.min.js`, JMUXER());
  }
  const types = "types { text/html html; text/javascript js; }";
  return runNginx(
    t,
    `root ${root}; ${types} location = /favicon.ico { return 204; }
    ${block("/original/ws/", websockify)} ${block("/rpicam/ws/", lenscast)}`,
  );
}

/** Both JMuxer pages, by the name of the system. */
async function jmuxerPages(t, camera) {
  const proxyPort = await holdPort(t);
  const websockify = new Child("websockify", [`127.0.0.1:${proxyPort}`, `127.0.0.1:${camera.port}`]);
  atEnd(t, () => websockify.kill());
  const server = await startServer(t, { sources: [`tcp://127.0.0.1:${camera.port}`] });
  const nginx = await startNginx(t, proxyPort, server.port);
  await server.untilCamera("it is live", (status) => status.state === "live");
  return {
    "websockify + nginx + JMuxer": `${nginx}original/`,
    "Lenscast + nginx + JMuxer": `${nginx}rpicam/`,
  };
}

/** Both Broadway pages. */
async function broadwayPages(t, camera) {
  const picamera = await startPicamera(t);
  // A camera program's standard output, as on a Pi: a frame a write, as picamera's is a frame a call.
  const pipe = `${scratch(t)}/camera`;
  execFileSync("mkfifo", [pipe]);
  const server = await startServer(t, {
    sources: [`exec+h264:cat ${quoted(pipe)}`],
    args: ["--compat", "broadway=0,0"],
  });
  const output = createWriteStream(pipe).on("error", () => {}); // the server ends first
  atEnd(t, () => output.destroy());
  camera.listeners.push(picamera.feed, (frame) => output.write(frame));
  await server.untilCamera("it is live", (status) => status.state === "live");
  const page = async (port) => (await startSite(t, { "/": seedBroadwayPage(port), ...BROADWAY() })).url;
  return {
    "picamera's way + ws4py + Broadway": await page(picamera.port),
    "Lenscast + Broadway": await page(server.classic("broadway").port),
  };
}

/** First pictures in milliseconds: pages opened at any moment, in turns. */
async function measureFirsts(systems, browser) {
  const firsts = systems.map(() => []);
  for (let join = 0; join < joins; join++) {
    for (const [at, [, url]] of systems.entries()) {
      await sleep(Math.random() * 2000);
      await script(async (own) => {
        const page = await openClassic(own, browser, "about:blank", COMPLAINTS);
        const started = performance.now();
        await page.goto(url);
        await untilShown(page);
        firsts[at].push(performance.now() - started);
      });
    }
  }
  return firsts.map((values) => values.sort((a, b) => a - b));
}

/** Ages of the pictures in milliseconds: all pages at once. */
async function measureAges(t, systems, browser) {
  const pages = await Promise.all(systems.map(([, url]) => openClassic(t, browser, url, COMPLAINTS)));
  for (const page of pages) await untilShown(page);
  await sleep(5000);
  const seen = await Promise.all(pages.map((page) => picturesFor(page, seconds * 1000)));
  return seen.map((pictures) => pictures.map((picture) => picture.ageMs).sort((a, b) => a - b));
}

const PAIRS = [
  // JMuxer's pages believe in 30 a second.
  { pages: jmuxerPages, size: { width: 640, height: 360 } },
  // Broadway decodes in JavaScript, and is here twice in one browser. It paints at once: pictures that always came in the same
  // phase of the display would be shown in this repaint or the next by chance, so they meet every phase.
  { pages: broadwayPages, size: { width: 320, height: 180 }, rate: 29.7 },
];

console.log(
  `\n30 pictures a second, a keyframe every 2 s; ${joins} joins, then ${seconds} s of both of a pair at once; milliseconds\n`,
);
console.log(
  "| | size | age of a picture p50 / p95 | first picture p50 / most | pictures seen |\n| --- | --- | --- | --- | --- |",
);
for (const { pages, size, rate } of PAIRS) {
  await script(async (t) => {
    const systems = Object.entries(await pages(t, await startSplitCamera(t, { ...size, rate })));
    const browser = await launchChromium();
    atEnd(t, () => browser.close());
    const firsts = await measureFirsts(systems, browser);
    const ages = await measureAges(t, systems, browser);
    for (const [at, [name]] of systems.entries()) {
      const [age, first] = [ages[at], firsts[at]];
      const figures = [
        [median(age), age[Math.floor(age.length * 0.95)]],
        [median(first), first.at(-1)],
      ];
      const cells = figures.map((two) => two.map((value) => value.toFixed(0)).join(" / "));
      console.log(`| ${[name, `${size.width}x${size.height}`, ...cells, age.length].join(" | ")} |`);
    }
  });
}
