/**
 * From the camera's write to the picture on the page, in headless Chromium: our page beside a bare page that decodes with
 * WebCodecs straight from the reference broadcaster, in the same run (docs/latency.md).
 *
 *   node measure/write-to-screen.mjs [--rounds 3] [--seconds 17] [--json FILE]      exit code 1 if a bar is not met
 */

import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

import { readFrameClock } from "../frame-clock.mjs";
import { benchCamera, startReference, WriteTimes } from "../support/bench.mjs";
import { launchChromium } from "../support/launch.mjs";
import { startServer } from "../support/server.mjs";
import { script } from "./script.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "17" },
    json: { type: "string" },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
/** A page has so long to play steadily before it is watched. */
const SETTLE_MS = 4000;
const PROFILES = ["vga", "720p"];
const BARS_MS = { WebCodecs: 8, MSE: 40 };

/** The least a page can do: every message is decoded, every picture drawn. Runs in the page. */
function barePage(address) {
  const canvas = document.querySelector("canvas");
  const context = canvas.getContext("2d");
  const decoder = new VideoDecoder({
    output(frame) {
      if (canvas.width !== frame.displayWidth)
        Object.assign(canvas, { width: frame.displayWidth, height: frame.displayHeight });
      context.drawImage(frame, 0, 0);
      frame.close();
    },
    error: (error) => console.error(error),
  });
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  let count = 0;
  socket.onmessage = ({ data }) => {
    const bytes = new Uint8Array(data);
    const isKey = bytes[3] === 1 && (bytes[4] & 31) === 7;
    if (decoder.state === "unconfigured") {
      if (!isKey) return;
      const hex = [...bytes.subarray(5, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      decoder.configure({ codec: `avc1.${hex}`, optimizeForLatency: true });
    }
    decoder.decode(
      new EncodedVideoChunk({ type: isKey ? "key" : "delta", timestamp: count++ * 33333, data: bytes }),
    );
  };
}

/** The moment (Unix, ms) at which each new picture is there, seen at every repaint. Runs in the page. */
function watch(readClock, limitMs) {
  return new Promise((done) => {
    const started = performance.now();
    const seen = [];
    const reader = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const look = () => {
      const surface = document.querySelector(".stage > canvas, .stage > video");
      const [width, height] = surface
        ? [surface.videoWidth ?? surface.width, surface.videoHeight ?? surface.height]
        : [0, 0];
      if (width && height) {
        const top = Math.ceil(height / 11);
        if (reader.canvas.width !== width) Object.assign(reader.canvas, { width, height: top });
        reader.drawImage(surface, 0, 0, width, top, 0, 0, width, top);
        const atMs = performance.timeOrigin + performance.now();
        const clock = readClock(reader.getImageData(0, 0, width, top).data, width, height, 0);
        if (clock && clock.number !== seen.at(-1)?.number) seen.push({ number: clock.number, atMs });
      }
      if (performance.now() - started > limitMs) done(seen);
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** Latencies in ms of what the page at `url` shows. */
async function measure(browser, url, times) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForTimeout(SETTLE_MS);
  const seen = await page.evaluate(`(${watch})(${readFrameClock}, ${seconds * 1000})`);
  await context.close();
  // The picture that was there at the first look may be older than that.
  const latencies = seen.slice(1).map(({ number, atMs }) => atMs - times.before(number, atMs));
  return latencies.filter(Number.isFinite).sort((a, b) => a - b);
}

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
const median = (values) =>
  at(
    values.toSorted((a, b) => a - b),
    0.5,
  );

await script(async (t) => {
  const rows = [];
  const bars = [];
  const bare = createServer((_, response) => {
    response
      .setHeader("content-type", "text/html")
      .end(
        `<div class="stage"><canvas></canvas></div><script>(${barePage})(location.hash.slice(1))</script>`,
      );
  }).listen(0, "127.0.0.1");
  t.after(() => bare.close());
  const browser = await launchChromium();
  t.after(() => browser.close());

  for (const profile of PROFILES) {
    const reference = await startReference(t, profile);
    const server = await startServer(t, { sources: [benchCamera(profile)] });
    const referenceTimes = await WriteTimes.of(t, reference);
    const serverTimes = await WriteTimes.of(t, server.ws("ws/h264"));
    const cases = [
      {
        name: "bare page, reference",
        url: `http://127.0.0.1:${bare.address().port}/#${reference}`,
        times: referenceTimes,
      },
      { name: "WebCodecs", url: `${server.url}?player=webcodecs`, times: serverTimes },
      { name: "MSE", url: `${server.url}?player=mse`, times: serverTimes },
    ];
    const p50s = new Map(cases.map(({ name }) => [name, []]));
    for (let round = 1; round <= rounds; round++) {
      for (const { name, url, times } of cases) {
        const sorted = await measure(browser, url, times);
        const p50 = at(sorted, 0.5);
        p50s.get(name).push(p50);
        rows.push({
          profile,
          name,
          round,
          pictures: sorted.length,
          p50,
          p90: at(sorted, 0.9),
          max: sorted.at(-1) ?? NaN,
        });
        console.log(
          `${profile}, round ${round}, ${name}: p50 ${p50.toFixed(1)} ms of ${sorted.length} pictures`,
        );
      }
    }
    for (const [name, allowedMs] of Object.entries(BARS_MS)) {
      const floor = p50s.get("bare page, reference");
      const overMs = median(p50s.get(name).map((p50, round) => p50 - floor[round]));
      bars.push({ profile, name, allowedMs, overMs, floorMs: median(floor), passed: overMs <= allowedMs });
    }
  }

  const ms = (value) => value.toFixed(1);
  console.log(
    "\n| pictures | who | round | shown | p50 ms | p90 ms | max ms |\n| --- | --- | --- | --- | --- | --- | --- |",
  );
  for (const { profile, name, round, pictures, p50, p90, max } of rows) {
    console.log(`| ${profile} | ${name} | ${round} | ${pictures} | ${ms(p50)} | ${ms(p90)} | ${ms(max)} |`);
  }
  console.log(
    "\n| pictures | bar: p50 over the bare page | allowed | measured | |\n| --- | --- | --- | --- | --- |",
  );
  for (const { profile, name, allowedMs, overMs, floorMs, passed } of bars) {
    console.log(
      `| ${profile} | ${name} (bare page ${ms(floorMs)} ms) | <= ${allowedMs} ms | ${ms(overMs)} ms | ${passed ? "PASS" : "FAIL"} |`,
    );
  }
  if (options.json) writeFileSync(options.json, JSON.stringify({ rows, bars }, null, 2) + "\n");
  if (bars.some(({ passed }) => !passed)) process.exitCode = 1;
});
