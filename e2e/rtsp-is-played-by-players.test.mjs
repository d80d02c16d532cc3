// Players read a camera by RTSP as their users type it, also where they ask for UDP first. Debian's VLC has no RTSP.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";

import { Child } from "./support/child.mjs";
import { atEnd } from "./support/cleanup.mjs";
import { ffmpeg } from "./support/ffmpeg.mjs";
import { numbersOfRaw } from "./support/jpeg.mjs";
import { assertRising } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";
import { within } from "./support/until.mjs";

const [WIDTH, HEIGHT] = [640, 360];
const PICTURES = 15;

/** The numbers of the pictures that a program writes, four bytes a pixel. */
async function numbers(t, child) {
  atEnd(t, () => child.kill());
  const chunks = [];
  child.process.stdout.on("data", (chunk) => chunks.push(chunk));
  const { code } = await within(child.name, child.ended);
  assert.equal(code, 0, child.stderr);
  const numbers = numbersOfRaw(Buffer.concat(chunks), WIDTH, HEIGHT).slice(0, PICTURES);
  assert.equal(numbers.length, PICTURES, child.stderr);
  assertRising(numbers.map((number) => ({ number })));
  return child.stderr;
}

test("RTSP is played by", async (t) => {
  const server = await startServer(t, { args: ["--rtsp", "0"] });
  const url = server.stdout.match(/rtsp:\/\/\S+/)[0];
  const raw = ["-frames:v", String(PICTURES), "-f", "rawvideo", "-pix_fmt", "rgba", "-"];

  await t.test("ffprobe, which finds all it needs in the description", () => {
    const args = ["-v", "error", "-rtsp_transport", "tcp", "-show_entries", "stream=codec_name,width"];
    const found = execFileSync("ffprobe", [...args, "-of", "csv=p=0", url], { encoding: "utf8" });
    assert.equal(found.trim(), `h264,${WIDTH}`);
  });
  await t.test("ffmpeg over TCP", async (t) => {
    const said = await numbers(t, ffmpeg(t, ["-rtsp_transport", "tcp", "-i", url, ...raw]));
    assert.equal(said, "");
  });
  await t.test("ffmpeg, which asks for UDP first", async (t) => {
    await numbers(t, ffmpeg(t, ["-i", `${url}cam1`, ...raw]));
  });
  await t.test("GStreamer, which asks for UDP first", async (t) => {
    const line = `rtspsrc location=${url} latency=0 ! rtph264depay ! avdec_h264 ! videoconvert ! video/x-raw,format=RGBA ! identity eos-after=${PICTURES + 1} ! fdsink fd=1 sync=false`;
    await numbers(t, new Child("gst-launch-1.0", ["--quiet", ...line.split(" ")], { binary: true }));
  });
  await t.test("mpv", async (t) => {
    const args = ["--no-config", "--vo=null", "--ao=null", "--rtsp-transport=tcp", "--frames=30", url];
    const mpv = new Child("mpv", args);
    atEnd(t, () => mpv.kill());
    const { code } = await within("mpv", mpv.ended);
    assert.equal(code, 0, mpv.stdout + mpv.stderr);
  });
});
