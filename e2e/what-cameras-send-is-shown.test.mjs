// H.264 with the habits of real cameras, in browsers: no IDR picture to begin at, pixels that are not square, cropping.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { makeClip, scratch } from "./support/ffmpeg.mjs";
import { openInFirefox, startFirefox } from "./support/firefox.mjs";
import { assertPlays, pageState, untilPicture } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";
import { openInWebKit, startWebKit } from "./support/webkit.mjs";

const FRAMES = 300;
const x264 = (options) => ["-c:v", "libx264", "-preset", "veryfast", "-x264-params", `aud=1:${options}`];

/** Streams of one IDR picture at the very start, which are joined behind it. */
const WITHOUT_IDR = [
  {
    name: "intra refresh",
    encode: x264("intra-refresh=1:keyint=25:bframes=0:repeat-headers=1"),
    // Media Source of Firefox shows nothing for a refresh after each jump, and jumps since it shows nothing.
    Firefox: ["webcodecs"],
  },
  {
    name: "an open GOP",
    encode: x264("open-gop=1:bframes=2:b-adapt=0:keyint=25:repeat-headers=1"),
    // The first P picture ends the use of references that a newcomer does not have, which Chromium and now and then WebKit
    // take for damage.
    Chromium: [null],
    WebKit: [null],
  },
  {
    name: "I pictures without a recovery point",
    encode: [
      ...x264("open-gop=1:bframes=0:ref=1:keyint=25:repeat-headers=1"),
      "-bsf:v",
      "filter_units=remove_types=6",
    ],
    WebKit: [null],
  },
];

/** The access units of a stream with delimiters. */
function accessUnits(stream) {
  const starts = [];
  const delimiter = Buffer.from([0, 0, 0, 1, 9]);
  for (let at = stream.indexOf(delimiter); at >= 0; at = stream.indexOf(delimiter, at + 1)) starts.push(at);
  return starts.map((start, index) => stream.subarray(start, starts[index + 1]));
}

/** Writes the stream without its first access units. */
function withoutFirst(path, count) {
  const units = accessUnits(readFileSync(path));
  assert.equal(units.length, FRAMES);
  writeFileSync(path, Buffer.concat(units.slice(count)));
}

const PLAYERS = ["webcodecs", "mse", "broadway", "mjpeg", "jsmpeg"];

const browsers = async () => {
  const [chromium, firefox, webkit] = [await startChromium(), await startFirefox(), await startWebKit()];
  return [
    { name: "Chromium", open: (t, url) => openInChromium(t, chromium, url) },
    { name: "Firefox", open: (t, url) => openInFirefox(t, firefox, url) },
    // Its own decoders; those of the page are the same everywhere.
    { name: "WebKit", open: (t, url) => openInWebKit(t, webkit, url), players: ["webcodecs", "mse"] },
  ];
};

test("streams without an IDR picture are joined", async (t) => {
  const folder = scratch(t);
  const open = await browsers();
  for (const [number, { name, encode, ...only }] of WITHOUT_IDR.entries()) {
    const clip = await makeClip(t, join(folder, `${number}.h264`), { frames: FRAMES, encode });
    withoutFirst(clip, 40);
    const server = await startServer(t, { sources: [`file:${clip}`] });
    for (const browser of open) {
      const plays = only[browser.name] ?? ["webcodecs", "mse"];
      for (const player of plays) {
        await t.test(`${name}, in ${browser.name} by ${player ?? "the first that can"}`, async (t) => {
          const page = await browser.open(t, player ? `${server.url}?player=${player}` : server.url);
          await assertPlays(page, { fresh: false, loop: FRAMES, count: 30 });
          if (player) assert.equal((await pageState(page)).player, player);
        });
      }
    }
  }
});

/** Width and height of the picture on the page. */
const SHOWN = `(() => {
  const surface = document.querySelector("video, canvas:not([hidden])");
  return surface && [surface.videoWidth ?? surface.width, surface.videoHeight ?? surface.height];
})()`;

test("pixels that are not square, and cropping, are shown alike by all players", async (t) => {
  const folder = scratch(t);
  const baseline = ["-c:v", "libx264", "-profile:v", "baseline", "-preset", "veryfast", "-g", "25"];
  const table = [
    {
      name: "pixels of 2:1",
      filter: ["-bsf:v", "h264_metadata=sample_aspect_ratio=2/1"],
      shown: [640, 240],
      whole: true,
    },
    { name: "8 rows cropped at the top", filter: ["-bsf:v", "h264_metadata=crop_top=8"], shown: [320, 232] },
    {
      name: "16 columns cropped at the left",
      filter: ["-bsf:v", "h264_metadata=crop_left=16"],
      shown: [304, 240],
      // The decoders of Chromium and WebKit leave the columns in, and Media Source shows what they give.
      not: { Chromium: ["mse"], WebKit: ["mse"] },
    },
  ];
  const open = await browsers();
  for (const [number, { name, filter, shown, whole, not = {} }] of table.entries()) {
    const clip = await makeClip(t, join(folder, `${number}.h264`), {
      width: 320,
      height: 240,
      frames: FRAMES,
      encode: [...baseline, ...filter],
    });
    const server = await startServer(t, { sources: [`file:${clip}`] });
    for (const browser of open) {
      for (const player of browser.players ?? PLAYERS) {
        if (not[browser.name]?.includes(player)) continue;
        await t.test(`${name}, in ${browser.name} by ${player}`, async (t) => {
          const page = await browser.open(t, `${server.url}?player=${player}`);
          let size;
          await until(`the size of ${player}`, async () => {
            size = await page.evaluate(SHOWN);
            return size?.[0] === shown[0] && size?.[1] === shown[1];
          }).catch(() => assert.deepEqual(size, shown));
          if (whole) await untilPicture(page, "the frame clock in it");
        });
      }
    }
  }
});

test("a stream that leaves its reordering open plays by Media Source", async (t) => {
  const file = new URL("../tests/inputs/h264-no-bitstream-restriction-10-fps.h264", import.meta.url).pathname;
  const server = await startServer(t, { sources: [`file:${file}`] });
  for (const browser of await browsers()) {
    await t.test(`in ${browser.name}`, async (t) => {
      const page = await browser.open(t, `${server.url}?player=mse`);
      const shown = () =>
        page.evaluate(`document.querySelector("video")?.getVideoPlaybackQuality().totalVideoFrames ?? 0`);
      await until("the first pictures", async () => (await shown()) > 3);
      const before = await shown();
      await until("more of them", async () => (await shown()) >= before + 20);
    });
  }
});

/** Motion JPEG as ESP32-CAMs send it: 4:2:2, a line break also in front of the first boundary, no end of image. */
function asEsp32(stream) {
  const start = Buffer.from([0xff, 0xd8, 0xff]);
  const starts = [];
  for (let at = 0; at >= 0; at = stream.indexOf(start, at + 1)) starts.push(at);
  return Buffer.concat(
    starts.flatMap((at, index) => {
      const picture = stream.subarray(at, (starts[index + 1] ?? stream.length) - 2);
      const time = `${Math.floor(index / 30)}.${String((index % 30) * 33333).padStart(6, "0")}`;
      const head = `\r\n--123456789000000000000987654321\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\nX-Timestamp: ${time}\r\n\r\n`;
      return [Buffer.from(head), picture];
    }),
  );
}

test("an ESP32-CAM's motion JPEG plays", async (t) => {
  const path = join(scratch(t), "camera.mjpeg");
  const encode = ["-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj422p"];
  await makeClip(t, path, { width: 400, height: 296, frames: 90, encode });
  writeFileSync(path, asEsp32(readFileSync(path)));
  const server = await startServer(t, { sources: [`file:${path}`] });
  for (const browser of await browsers()) {
    await t.test(`in ${browser.name}`, async (t) => {
      const page = await browser.open(t, server.url);
      const pictures = await assertPlays(page, { fresh: false, loop: 90, count: 20 });
      assert.deepEqual([pictures[0].width, pictures[0].height], [400, 296]);
    });
  }
});
