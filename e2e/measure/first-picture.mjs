/**
 * From the opening of the page's WebSocket to the first picture, in headless Chromium, on the default test pattern.
 *
 *   node measure/first-picture.mjs [LOADS]      20 unless said otherwise; needs a quiet machine
 */

import { setTimeout as sleep } from "node:timers/promises";

import { launchChromium, PLAIN_HOST } from "../support/launch.mjs";
import { openViewer } from "../support/viewer.mjs";
import { startServer } from "../support/server.mjs";
import { until } from "../support/until.mjs";
import { script } from "./script.mjs";

const loads = Number(process.argv[2] ?? 20);
/** Joins are spread over the two seconds between keyframes. */
const SPREAD_MS = 2000;

await script(async (t) => {
  const server = await startServer(t, { sources: [] });
  const browser = await launchChromium();
  t.after(() => browser.close());

  const cases = [
    { name: "WebCodecs, pattern running", url: server.url, running: true },
    {
      name: "MSE on plain http, pattern running",
      url: `http://${PLAIN_HOST}:${server.port}/`,
      running: true,
    },
    { name: "WebCodecs, pattern at rest before", url: server.url, running: false },
  ];
  for (const { name, url, running } of cases) {
    const other = running && (await openViewer(t, server.ws("ws/h264"), { keep: false }));
    if (running) await until("the pattern runs", () => other.received > 100);
    const times = [];
    for (let load = 0; load < loads; load++) {
      if (running) await sleep(Math.random() * SPREAD_MS);
      else await server.untilCamera("rest", (camera) => camera.state === "idle");
      const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
      const page = await context.newPage();
      await page.goto(url);
      times.push(await until("a picture", () => page.evaluate("window.lenscast?.firstPictureMs")));
      await context.close();
    }
    other?.terminate?.();
    report(name, times);
  }
});

function report(name, times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(0);
  const within = (limit) => sorted.filter((time) => time <= limit).length;
  console.log(`\n${name}: ${times.length} loads, milliseconds`);
  console.log(`  ${sorted.map((time) => time.toFixed(0)).join(" ")}`);
  console.log(
    `  median ${at(0.5)}, most ${at(1)}; within 300 ms: ${within(300)}, within 600 ms: ${within(600)} of ${times.length}`,
  );
}
