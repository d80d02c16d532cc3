import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import test from "node:test";

import { atEnd } from "./support/cleanup.mjs";
import { makeClip, quoted, scratch, startCamera } from "./support/ffmpeg.mjs";
import { SMALL, startServer } from "./support/server.mjs";
import { until, within } from "./support/until.mjs";
import { openViewer } from "./support/viewer.mjs";

const PATHS = ["ws/live", "ws/h264", "ws/mp4", "ws/h264?unit=nal", "cam/cam1/ws/live"];

for (const signal of ["SIGINT", "SIGTERM"]) {
  test(`${signal} with 50 viewers: each is told with 1001, and the exit code is 0`, async (t) => {
    const server = await startServer(t, { sources: [SMALL] });
    const paths = Array.from({ length: 50 }, (_, number) => PATHS[number % PATHS.length]);
    const viewers = await Promise.all(paths.map((path) => openViewer(t, server.ws(path), { keep: false })));
    await until("all of them see something", () => viewers.every((viewer) => viewer.received > 0));
    const endless = await fetch(new URL("stream.mp4", server.url));

    const sent = performance.now();
    server.signal(signal);
    const { code, signal: by } = await within("the end", server.ended);
    const tookMs = performance.now() - sent;
    t.diagnostic(`ended ${Math.round(tookMs)} ms after ${signal} with 50 viewers`);
    assert.deepEqual({ code, by }, { code: 0, by: null });
    assert.ok(tookMs < 3000, `the end took ${tookMs} ms`);

    const ends = await within("the viewers' ends", Promise.all(viewers.map((viewer) => viewer.closed)));
    const unlike = ends.flatMap((end, number) =>
      end.code === 1001 ? [] : [`${paths[number]}: ${end.code}`],
    );
    assert.deepEqual(unlike, [], "close codes other than 1001");
    assert.ok(
      ends.every((end) => end.reason.length > 0),
      "the reason is a sentence",
    );
    await endless.body.cancel().catch(() => {});
  });
}

/** Arguments of all processes of the machine that have `mark` in them. */
function processesWith(mark) {
  const lines = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" }).split("\n");
  return lines
    .filter((line) => line.includes(mark) && !line.includes("lenscast "))
    .map((line) => line.trim());
}

/** Whatever the test finds, nothing of it stays. */
function endLater(t, mark) {
  atEnd(t, () => processesWith(mark).forEach((line) => process.kill(Number.parseInt(line, 10), "SIGKILL")));
}

test("what a source's command has started ends with the server", async (t) => {
  const mark = `e2e-child-of-a-source-${process.pid}`;
  endLater(t, mark);
  const clip = await makeClip(t, join(scratch(t), "clip.h264"), { frames: 60 });
  const server = await startServer(t, {
    sources: [`exec:sh -c ${quoted(`cat ${clip}; sh -c 'sleep 1000; : ${mark}' & wait`)}`],
  });
  await server.untilCamera("it is live", (camera) => camera.tracks[0].frames > 0);
  assert.notDeepEqual(processesWith(mark), []);
  await server.stop();
  await until("nothing is left", () => processesWith(mark).length === 0);
});

// A command that ignores SIGTERM keeps the first signal busy for half a second.
const stubborn = (mark) => `exec:sh -c ${quoted(`trap '' TERM; while :; do sleep 0.1; : ${mark}; done`)}`;

test("a second signal ends it, too, and leaves nothing of a source's command behind", async (t) => {
  const mark = `e2e-very-stubborn-${process.pid}`;
  endLater(t, mark);
  const server = await startServer(t, { sources: [stubborn(mark)] });
  await until("the command runs", () => processesWith(mark).length > 0);
  server.signal("SIGINT");
  server.signal("SIGTERM");
  const { code } = await within("the end", server.ended);
  assert.equal(code, 0);
  await until("nothing is left", () => processesWith(mark).length === 0);
});

test("the only source is standard input and it ends: exit code 1 and a sentence", async (t) => {
  const server = await startServer(t, { sources: ["-"], stdin: true });
  server.mayFail = true;
  const camera = startCamera(t, ["pipe:1"]);
  camera.process.stdout.pipe(server.process.stdin);
  const viewer = await openViewer(t, server.ws("ws/live"), { keep: false });
  await until("a picture", () => viewer.received > 0);
  await camera.stop("SIGKILL");
  const { code } = await within("the end", server.ended);
  assert.equal(code, 1);
  assert.match(server.stderr.trimEnd().split("\n").at(-1), /^lenscast: .*[Ss]tandard input.* ended/);
  assert.equal((await within("the viewer's end", viewer.closed)).code, 1001);
});

test("standard input ends and another camera is there: the server stays", async (t) => {
  const server = await startServer(t, { sources: ["-", SMALL], stdin: true });
  server.process.stdin.end();
  const ended = await server.untilCamera("the first has ended", (camera) => camera.state === "ended");
  assert.match(ended.message, /ended/);
  const viewer = await openViewer(t, server.ws("cam/cam2/ws/h264"), { keep: false });
  await until("a picture of the second", () => viewer.received > 0);
});
