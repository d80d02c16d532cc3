/**
 * pistreaming's way (ffmpeg's MPEG-1 through a plain broadcast) and ours, side by side: both are fed the same raw pictures in
 * the same moment, and watched in headless Chromium by the same page with the jsmpg.js of 2013.
 *
 *   pictures ─┬─► ffmpeg, as pistreaming's server.py calls it ─► broadcast of what it writes, as it comes ─► jsmpg.js
 *             └─► lenscast --source -+yuv420p,size=640x480,rate=24 ─► ws/jsmp ─────────────────────────────► jsmpg.js
 *
 *   node measure/mpeg1-side-by-side.mjs [ROUNDS]      10 unless said otherwise; needs a quiet machine
 *
 * Latency is the age of the pictures on the page, by the frame clock in their pixels. First picture: from the page's
 * navigation to the first picture on it.
 */

import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { WebSocketServer } from "ws";

import { launchChromium } from "../support/launch.mjs";
import { median, openClassic, picturesFor, startSite, untilShown } from "../support/classic.mjs";
import { drawClockPicture } from "../support/clock-pictures.mjs";
import { ffmpeg } from "../support/ffmpeg.mjs";
import { bareJsmpgPage, JSMPG } from "../support/jsmpeg.mjs";
import { startServer } from "../support/server.mjs";
import { openViewer } from "../support/viewer.mjs";
import { script } from "./script.mjs";

const [WIDTH, HEIGHT, RATE] = [640, 480, 24];
const rounds = Number(process.argv[2] ?? 10);

/** What pistreaming's server.py does, without Python: its ffmpeg, its header, its broadcast. */
async function startOriginal(t) {
  const raw = [
    "-f",
    "rawvideo",
    "-pix_fmt",
    "yuv420p",
    "-s",
    `${WIDTH}x${HEIGHT}`,
    "-r",
    `${RATE}.0`,
    "-i",
    "-",
  ];
  const child = ffmpeg(t, [...raw, "-f", "mpeg1video", "-b:v", "800k", "-r", `${RATE}.0`, "-"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  await once(server, "listening");
  t.after(() => server.close());
  const header = Buffer.from("jsmp\0\0\0\0");
  header.writeUInt16BE(WIDTH, 4);
  header.writeUInt16BE(HEIGHT, 6);
  server.on("connection", (viewer) => viewer.send(header));
  child.process.stdout.on("data", (bytes) => server.clients.forEach((viewer) => viewer.send(bytes)));
  return { input: child.process.stdin, url: `ws://127.0.0.1:${server.address().port}/` };
}

/** Writes each picture to all inputs at once, in the moment that its clock shows. One that is full goes without. */
async function feed(inputs, running) {
  const started = performance.now();
  for (let number = 0; running(); number++) {
    await sleep(Math.max(0, started + (number * 1000) / RATE - performance.now()));
    const picture = drawClockPicture(WIDTH, HEIGHT, number, Date.now() * 1000);
    for (const input of inputs) if (!input.writableNeedDrain) input.write(picture);
  }
}

await script(async (t) => {
  const original = await startOriginal(t);
  const source = `-+yuv420p,size=${WIDTH}x${HEIGHT},rate=${RATE}`;
  const server = await startServer(t, { sources: [source], stdin: true });
  server.mayFail = true; // its standard input ends
  let running = true;
  t.after(() => (running = false));
  feed([original.input, server.process.stdin], () => running).catch(() => {});

  const browser = await launchChromium();
  t.after(() => browser.close());
  // Theirs encodes always; ours begins with the first viewer, so that one is shown apart.
  const cases = [
    { name: "pistreaming's way", url: original.url },
    { name: "Lenscast, the first viewer", url: server.ws("ws/jsmp"), alone: true },
    { name: "Lenscast, another viewer", url: server.ws("ws/jsmp") },
  ];
  const figures = {};
  for (const { name, url, alone } of cases) {
    const site = await startSite(t, { "/": bareJsmpgPage(url), "/jsmpg.js": JSMPG() });
    figures[name] = { site, url, alone, first: [], ages: [] };
  }
  const encodes = (camera) => camera.tracks.some(({ kind, making }) => kind === "mpeg1" && making);
  for (let round = 0; round < rounds; round++) {
    for (const { site, url, alone, first, ages } of Object.values(figures)) {
      const hooks = [];
      if (alone) await server.untilCamera("no encoder", (camera) => !encodes(camera));
      else await openViewer({ after: (act) => hooks.push(act) }, url, { keep: false });
      const page = await openClassic({ after: (act) => hooks.push(act) }, browser, "about:blank");
      await sleep(Math.random() * 1000);
      const began = performance.now();
      await page.goto(site.url);
      await untilShown(page);
      first.push(performance.now() - began);
      await sleep(1500);
      ages.push(...(await picturesFor(page, 3000)).map((picture) => picture.ageMs));
      for (const act of hooks.reverse()) await act();
    }
  }
  const at = (values, part) =>
    values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];
  console.log(`\n${WIDTH}x${HEIGHT} at ${RATE}, ${rounds} rounds, milliseconds\n`);
  console.log("| | age of the picture p50 / p95 | first picture p50 / most |\n| --- | --- | --- |");
  for (const [name, { first, ages }] of Object.entries(figures)) {
    const cells = [
      `${median(ages).toFixed(0)} / ${at(ages, 0.95).toFixed(0)}`,
      `${median(first).toFixed(0)} / ${at(first, 1).toFixed(0)}`,
    ];
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
});
