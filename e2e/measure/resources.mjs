/**
 * What the default test pattern costs: start to listening, resident memory with five viewers, share of one core with one
 * viewer and with none. Means of 30 s after 5 s of warm-up; needs a quiet machine.
 *
 *   node measure/resources.mjs [SECONDS]
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { holdPort } from "../support/ports.mjs";
import { startServer } from "../support/server.mjs";
import { until } from "../support/until.mjs";
import { openViewer } from "../support/viewer.mjs";
import { script } from "./script.mjs";

const seconds = Number(process.argv[2] ?? 30);
const WARM_UP_MS = 5000;
const STARTS = 10;
const TICKS = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Seconds of processor time that the process has used. */
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Megabytes (10^6 bytes) of resident memory: now, and the most there was. */
function residentMegabytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const of = (name) => (Number(status.match(new RegExp(`${name}:\\s+(\\d+) kB`))[1]) * 1024) / 1e6;
  return { now: of("VmRSS"), most: of("VmHWM") };
}

async function share(server) {
  await sleep(WARM_UP_MS);
  const [used, at] = [processorSeconds(server.process.pid), performance.now()];
  await sleep(seconds * 1000);
  return ((processorSeconds(server.process.pid) - used) * 1e5) / (performance.now() - at);
}

async function startMs(t) {
  const port = await holdPort(t);
  const started = performance.now();
  const starting = startServer(t, { sources: [], port });
  await until(
    "it takes a connection",
    () =>
      new Promise((done, failed) => {
        const socket = connect(port, "127.0.0.1", () => done(socket.destroy())).on("error", failed);
      }),
    { everyMs: 1 },
  );
  const ms = performance.now() - started;
  await (await starting).stop();
  return ms;
}

await script(async (t) => {
  const starts = [];
  for (let start = 0; start < STARTS; start++) starts.push(await startMs(t));
  starts.sort((a, b) => a - b);
  console.log(
    `start to listening: median ${starts[STARTS / 2].toFixed(0)} ms, most ${starts.at(-1).toFixed(0)} ms of ${STARTS} starts`,
  );

  const server = await startServer(t, { sources: [] });
  console.log(
    `no viewer: ${(await share(server)).toFixed(2)} % of one core, ${residentMegabytes(server.process.pid).now.toFixed(1)} MB resident`,
  );

  const viewers = [await openViewer(t, server.ws("ws/live"), { keep: false })];
  const cost = await share(server);
  const camera = (await server.status()).cameras[0].tracks[0];
  console.log(
    `one viewer: ${cost.toFixed(1)} % of one core, ${residentMegabytes(server.process.pid).now.toFixed(1)} MB resident, ${camera.frames_per_second.toFixed(1)} fps, ${(camera.bits_per_second / 1e6).toFixed(2)} Mbit/s`,
  );

  while (viewers.length < 5) viewers.push(await openViewer(t, server.ws("ws/live"), { keep: false }));
  const cost5 = await share(server);
  const memory = residentMegabytes(server.process.pid);
  console.log(
    `five viewers: ${cost5.toFixed(1)} % of one core, ${memory.now.toFixed(1)} MB resident, ${memory.most.toFixed(1)} MB at most`,
  );

  viewers.forEach((viewer) => viewer.terminate());
  await server.untilCamera("rest", (camera) => camera.state === "idle");
  console.log(
    `no viewer again: ${(await share(server)).toFixed(2)} % of one core, ${residentMegabytes(server.process.pid).now.toFixed(1)} MB resident`,
  );
});
