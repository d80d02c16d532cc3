/** V4L2 cameras, against drivers of the kernel in QEMU. Run by scripts/test-v4l2. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { atEnd } from "../support/cleanup.mjs";
import { openInChromium, startChromium } from "../support/chromium.mjs";
import { SERVER_GONE } from "../support/page.mjs";
import { messageOf, untilPicture, untilState } from "../support/pixels.mjs";
import { until } from "../support/until.mjs";
import { COUNT, SIZE } from "./pictures.mjs";
import { Vm } from "./vm.mjs";

/** vivid's "75% colour bars" from left to right, as a browser shows them: RGB. */
const BARS = [
  ["white", [191, 191, 191]],
  ["yellow", [191, 191, 0]],
  ["cyan", [0, 191, 191]],
  ["green", [0, 191, 0]],
  ["magenta", [191, 0, 191]],
  ["red", [191, 0, 0]],
  ["blue", [0, 0, 191]],
  ["black", [0, 0, 0]],
];
/** Two ways of rounding and one of compressing lie between. */
const TOLERANCE = 14;

/** One camera, one output, one metadata node. */
const VIVID = "insmod /lib/modules/vivid.ko n_devs=1 node_types=0x20101";

let vm;
before(async () => {
  vm = await Vm.boot();
  console.log(`the guest has booted: ${vm.how}, Linux ${(await vm.run("uname -r")).trim()}\n`);
  await vm.run(
    "for module in $(sed '1,/virtio_pci/d' /lib/modules/order | grep -v vivid.ko); do insmod /lib/modules/$module; done",
  );
  await vm.run(VIVID);
});
after(() => vm?.stop());

/** The server in the guest, for the length of the test. */
async function serve(t, ...sources) {
  const quoted = sources.map((source) => `--source '${source}'`).join(" ");
  await vm.run(`lenscast -v ${quoted} --listen 0.0.0.0:8000 > /tmp/log 2>&1 & echo $! > /tmp/pid`);
  atEnd(t, async () => {
    await vm.run("kill $(cat /tmp/pid); while [ -e /proc/$(cat /tmp/pid) ]; do usleep 50000; done");
  });
  await until("the server answers", async () => (await fetch(`${vm.url}healthz`)).ok).catch(async (error) => {
    throw new Error(`${error.message}\n${await vm.run("cat /tmp/log")}`);
  });
}

const status = async () => (await (await fetch(`${vm.url}api/v1/status`)).json()).cameras;

/** Waits until a camera is in a state, and gives what is said of it. */
const untilCamera = (state, index = 0) =>
  until(
    `the camera is ${state}`,
    async () => {
      const camera = (await status())[index];
      if (camera.state !== state) throw new Error(`${camera.state}: ${camera.message}`);
      return camera;
    },
    { patienceMs: 60_000 },
  );

/** Colours at these parts of the picture's width, near its lower edge, where vivid writes nothing. Runs in the page. */
function readColours(parts) {
  const surface = document.querySelector(".stage > canvas, .stage > video");
  const width = surface?.videoWidth ?? surface?.width;
  const height = surface?.videoHeight ?? surface?.height;
  if (!width || !height) return null;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(surface, 0, 0);
  return parts.map((part) =>
    [...context.getImageData(Math.round(part * width), Math.round(height * 0.9), 1, 1).data].slice(0, 3),
  );
}

const middles = BARS.map((_, at) => (at + 0.5) / BARS.length);

async function assertBars(page, what) {
  await untilState(page, "live", { patienceMs: 60_000 });
  await until(`the colour bars of ${what}`, async () => {
    const colours = await page.evaluate(`(${readColours})(${JSON.stringify(middles)})`);
    assert.ok(colours, "no picture");
    for (const [at, [name, expected]] of BARS.entries()) {
      const isNear = colours[at].every((value, channel) => Math.abs(value - expected[channel]) <= TOLERANCE);
      assert.ok(isNear, `${name} is ${colours[at]} instead of ${expected}; all: ${JSON.stringify(colours)}`);
    }
    return true;
  });
}

test("vivid is listed by `lenscast cameras`, and nodes that are no cameras with the reason", async () => {
  const { cameras } = JSON.parse(await vm.run("lenscast cameras --json 2>/dev/null"));
  const camera = cameras.find((found) => found.source === "v4l2:/dev/video0");
  assert.ok(camera, JSON.stringify(cameras));
  assert.match(camera.name, /^vivid \[vivid, platform:vivid/);
  const mode = camera.modes.find(
    ({ format, width, height }) => format === "yuyv422" && width === 640 && height === 360,
  );
  assert.ok(mode?.frames_per_second.includes(30), JSON.stringify(mode));
  const brightness = camera.controls.find(({ name }) => name === "Brightness");
  assert.equal(brightness?.value, 128);
  const reasons = cameras
    .filter(({ unusable }) => unusable)
    .map(({ unusable }) => unusable)
    .sort();
  assert.deepEqual(reasons, [
    "it gives data about pictures, no pictures",
    "it takes pictures and gives none",
  ]);
  assert.match(
    await vm.run("lenscast cameras 2>&1"),
    /v4l2:\/dev\/video0\n {2}vivid .*\n[^]*yuyv422 640x360 at .*30.*fps/,
  );
});

test("raw capture plays in a browser outside the guest with the right colours, in every layout", async (t) => {
  const browser = await startChromium();
  for (const format of ["yuyv422", "nv12", "yuv422p", "rgb24"]) {
    await t.test(`raw capture: ${format}`, async (t) => {
      await serve(t, `v4l2,format=${format},size=640x360:/dev/video0`);
      const page = await openInChromium(t, browser, vm.url, { expected: [SERVER_GONE] });
      await assertBars(page, format);
      const [{ tracks }] = await status();
      const { width, height } = tracks.find(({ kind }) => kind === "pictures");
      assert.deepEqual([width, height], [640, 360]);
    });
  }
});

test("a camera in use by another program, or that is not there, has its sentence", async (t) => {
  await serve(
    t,
    "v4l2,size=320x180:/dev/video0",
    "v4l2:/dev/video0",
    "v4l2:/dev/video77",
    "v4l2,size=100x100:0",
  );
  // The first two want the same camera, and either may be the quicker.
  const [loser] = await until("one of two plays", async () => {
    const both = (await status()).slice(0, 2);
    assert.deepEqual(both.map(({ state }) => state).sort(), ["live", "offline"], JSON.stringify(both));
    return both.filter(({ state }) => state === "offline");
  });
  assert.match(loser.message, /^\/dev\/video0 is in use by another program/);
  assert.equal(
    (await untilCamera("offline", 2)).message,
    "/dev/video77 is not there: is the camera plugged in?",
  );
  assert.match((await untilCamera("offline", 3)).message, /it gives no 100x100, only 320x180, 640x360/);
});

test("unplugged and plugged in again, with its module unloaded and loaded: the viewer stays and the picture comes back", async (t) => {
  await serve(t, "v4l2,size=640x360:/dev/video0");
  const browser = await startChromium();
  const page = await openInChromium(t, browser, vm.url);
  await assertBars(page, "vivid");
  await vm.run("echo vivid.0 > /sys/bus/platform/drivers/vivid/unbind");
  const { message } = await untilCamera("offline");
  assert.match(
    message,
    /^\/dev\/video0 is (gone: was the camera unplugged|not there: is the camera plugged in)\?$/,
  );
  await until("the page says it", async () => /video0 is/.test(await messageOf(page)));
  await vm.run("rmmod vivid");
  assert.match(await vm.run("ls /dev/video0 2>&1 || true"), /No such file/);
  await vm.run(VIVID);
  await untilCamera("live");
  await assertBars(page, "vivid, loaded again");
});

test("motion JPEG of v4l2loopback is passed on byte for byte, and plays as H.264", async (t) => {
  await vm.run("insmod /lib/modules/v4l2loopback.ko devices=1 video_nr=9 exclusive_caps=0 card_label=Loop");
  atEnd(t, () => vm.run("rmmod v4l2loopback"));
  await vm.run(
    `feed /dev/video9 ${SIZE.width} ${SIZE.height} /pictures/*.jpg > /tmp/feed 2>&1 & echo $! > /tmp/feed.pid`,
  );
  atEnd(t, () =>
    vm.run("kill $(cat /tmp/feed.pid); while [ -e /proc/$(cat /tmp/feed.pid) ]; do usleep 50000; done"),
  );
  await until("the loopback camera is fed", () =>
    vm.run("lenscast cameras 2>/dev/null | grep mjpeg || { cat /tmp/feed; false; }"),
  );
  await serve(t, "v4l2+mjpeg:/dev/video9");
  await untilCamera("live");

  const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
  const folder = join(process.env.LENSCAST_VM, "guest/pictures");
  const fed = new Set(
    Array.from({ length: COUNT }, (_, at) =>
      hash(readFileSync(join(folder, `${String(at).padStart(2, "0")}.jpg`))),
    ),
  );
  const seen = new Set();
  for (const jpeg of await parts(`${vm.url}stream.mjpg`, 30)) {
    assert.ok(fed.has(hash(jpeg)), `a JPEG of ${jpeg.length} bytes that was not fed`);
    seen.add(hash(jpeg));
  }
  assert.ok(seen.size > COUNT / 2, `${seen.size} different pictures of ${COUNT}`);

  const browser = await startChromium();
  const page = await openInChromium(t, browser, vm.url, { expected: [SERVER_GONE] });
  const first = await untilPicture(page, "a picture", ({ number }) => number < COUNT);
  await untilPicture(page, "another picture", ({ number }) => number < COUNT && number !== first.number);
});

/** The first `count` pictures of a multipart stream, by their lengths. */
async function parts(url, count) {
  const stop = new AbortController();
  const { body } = await fetch(url, { signal: stop.signal });
  const found = [];
  let bytes = Buffer.alloc(0);
  for await (const chunk of body) {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const end = bytes.indexOf("\r\n\r\n");
      const length = Number(
        bytes
          .subarray(0, Math.max(end, 0))
          .toString("latin1")
          .match(/Content-Length: *(\d+)/i)?.[1],
      );
      if (end < 0 || bytes.length < end + 4 + length) break;
      assert.ok(length > 0, "a part without a length");
      found.push(bytes.subarray(end + 4, end + 4 + length));
      bytes = bytes.subarray(end + 4 + length);
    }
    if (found.length >= count) break;
  }
  stop.abort();
  return found.slice(0, count);
}
