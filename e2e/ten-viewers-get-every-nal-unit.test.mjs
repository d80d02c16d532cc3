// What ffmpeg writes to a file and what it sends to the server are the same; so must be what viewers get.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { isSlice, nalUnits, typeOf } from "./support/annexb.mjs";
import { B_FRAMES, ffmpeg, LIVE, scratch } from "./support/ffmpeg.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { until, within } from "./support/until.mjs";
import { openViewer } from "./support/viewer.mjs";

const CASES = [
  { name: "slices, no B frames", encode: LIVE },
  { name: "B frames", encode: B_FRAMES },
  {
    name: "access unit delimiters, several reference frames",
    encode: [
      "-c:v",
      "libx264",
      "-preset",
      "veryfast",
      "-refs",
      "3",
      "-g",
      "50",
      "-x264-params",
      "aud=1:slices=3",
    ],
  },
];

for (const { name, encode } of CASES) {
  test(`ten viewers get all of ffmpeg's NAL units bit for bit while others come and go: ${name}`, async (t) => {
    const port = await holdPort(t);
    const server = await startServer(t, { sources: [`tcp-listen://127.0.0.1:${port}`] });
    await server.untilCamera("it waits", (camera) => camera.state === "offline");

    const paths = Array.from({ length: 10 }, (_, number) => (number % 2 ? "ws/h264?unit=nal" : "ws/h264"));
    const viewers = await Promise.all(paths.map((path) => openViewer(t, server.ws(path))));

    const file = join(scratch(t), "written.h264");
    const camera = ffmpeg(t, [
      "-re",
      "-f",
      "lavfi",
      "-i",
      "testsrc2=s=640x360:r=30",
      "-t",
      "5",
      ...encode,
      "-map",
      "0:v",
      "-f",
      "tee",
      `[f=h264]${file}|[f=h264:onfail=abort]tcp://127.0.0.1:${port}`,
    ]);
    let going = true;
    let visitors = 0;
    const crowd = (async () => {
      for (const path of (function* () {
        for (;;) yield* ["ws/h264", "ws/live", "ws/mp4", "ws/h264?unit=nal"];
      })()) {
        if (!going) return;
        const visitor = await openViewer(t, server.ws(path), { keep: false });
        await sleep(40 * (visitors % 4));
        if (visitors++ % 2) visitor.terminate();
        else visitor.close();
      }
    })();
    const { code } = await within("ffmpeg's end", camera.ended);
    assert.equal(code, 0, camera.stderr);
    const left = (camera) => camera.state === "offline" && camera.tracks[0].frames > 0;
    await server.untilCamera("the camera has left", left);
    going = false;
    await crowd;
    assert.ok(visitors > 20, `${visitors} visitors`);

    const written = nalUnits(readFileSync(file));
    assert.ok(written.filter(isSlice).length >= 150, "ffmpeg wrote 5 s");
    for (const [number, viewer] of viewers.entries()) {
      const got = () => viewer.messages.flatMap(nalUnits);
      await until(`viewer ${number} has everything`, () => got().length >= written.length, {
        patienceMs: 10_000,
      }).catch(() => {});
      const different = written.findIndex((unit, at) => !got()[at]?.equals(unit));
      const types = (units) =>
        units
          .slice(Math.max(0, different - 3), different + 4)
          .map(typeOf)
          .join(" ");
      assert.equal(
        different,
        -1,
        `viewer ${number}, ${paths[number]}: NAL unit ${different} of ${written.length}, types ${types(got())} where ffmpeg wrote ${types(written)}`,
      );
      assert.equal(got().length, written.length);
      assert.ok(
        viewer.messages.every((message) => message.readUInt32BE(0) === 1),
        "start codes of four bytes",
      );
      const single = paths[number].includes("unit=nal");
      if (single) assert.equal(viewer.messages.length, written.length, "one NAL unit a message");
    }
  });
}
