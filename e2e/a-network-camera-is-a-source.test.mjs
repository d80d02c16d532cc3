// A camera on the network, GStreamer's RTSP server, is a source: over TCP and UDP, with a lock of each kind, and when it comes back.

import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { Child } from "./support/child.mjs";
import { atEnd } from "./support/cleanup.mjs";
import { ffmpeg } from "./support/ffmpeg.mjs";
import { startServer } from "./support/server.mjs";
import { until, within } from "./support/until.mjs";

const SCRIPT = fileURLToPath(new URL("support/rtsp_camera.py", import.meta.url));
const PICTURES = 30;

/** Starts a camera; its port. Debian's Python, which has GStreamer's modules. */
async function startCamera(t, port, ...lock) {
  const camera = new Child("/usr/bin/python3", [SCRIPT, String(port), ...lock]);
  atEnd(t, () => camera.kill());
  const own = await until("the camera listens", () => camera.stdout.trim() || assert.ok(camera.running));
  return { camera, port: Number(own) };
}

test("a camera by RTSP", { concurrency: true }, async (t) => {
  const [open, basic, digest] = await Promise.all([
    startCamera(t, 0),
    startCamera(t, 0, "basic"),
    startCamera(t, 0, "digest"),
  ]);
  const at = ({ port }, user = "") => `rtsp://${user}127.0.0.1:${port}/h264`;
  const server = await startServer(t, {
    sources: [
      `tcp=${at(open)}`,
      `udp=${at(open).replace("rtsp:", "rtsp,transport=udp:")}`,
      `jpeg=${at(open).replace("h264", "jpeg")}`,
      `basic=${at(basic, "viewer:hunter2@")}`,
      `digest=${at(digest, "viewer:hunter2@")}`,
      `wrong=${at(digest, "viewer:hunter3@")}`,
    ],
  });
  const shown = { tcp: "h264", udp: "h264", basic: "h264", digest: "h264", jpeg: "mjpg" };
  const tests = Object.entries(shown).map(([name, kind]) =>
    t.test(`is shown: ${name}`, async (t) => {
      const url = new URL(`cam/${name}/stream.${kind}`, server.url).href;
      const player = ffmpeg(t, ["-i", url, "-frames:v", String(PICTURES), "-f", "null", "-"]);
      const { code } = await within("ffmpeg", player.ended);
      assert.deepEqual([code, player.stderr], [0, ""]);
    }),
  );
  await Promise.all(tests);
  const state = async (name) => (await server.status()).cameras.find((camera) => camera.name === name);
  await t.test("refuses a wrong password, which nothing shows", async () => {
    const camera = await until("it is refused", async () => {
      const camera = await state("wrong");
      return camera.state === "offline" && camera;
    });
    assert.match(camera.message, /refuses the user or the password$/);
    assert.doesNotMatch(server.stdout + server.stderr + JSON.stringify(await server.status()), /hunter/);
  });
  await t.test("is back when it is switched on again", async (t) => {
    await open.camera.kill();
    await until("it is away", async () => (await state("tcp")).state === "offline");
    await startCamera(t, open.port);
    await until("it is back", async () => (await state("tcp")).state === "live");
  });
});
