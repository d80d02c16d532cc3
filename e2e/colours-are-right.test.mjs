// Colour bars are the same colours in every player and in the JPEG, by what the stream says of itself and not by its size.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { ffmpeg, LIVE, scratch } from "./support/ffmpeg.mjs";
import { pageState } from "./support/pixels.mjs";
import { PLAYERS } from "./support/players.mjs";
import { startServer } from "./support/server.mjs";
import { until, within } from "./support/until.mjs";

/** Colour bars of 75 %, red, green, blue. */
const BARS = [
  [191, 191, 191],
  [191, 191, 0],
  [0, 191, 191],
  [0, 191, 0],
  [191, 0, 191],
  [191, 0, 0],
  [0, 0, 191],
  [64, 64, 64],
];
/** Another matrix is 20 off in green, another range 12 in grey. Browsers calculate BT.709 with an error of 9 in blue. */
const TOLERANCE = 10;

const described = (name) => ["-colorspace", name, "-color_primaries", name, "-color_trc", name];
const h264 = (...said) => ({ kind: "h264", name: "file", encode: [...LIVE, "-qp", "8", "-g", "5", ...said] });
const raw = (format, size) => ({
  kind: "raw",
  name: `file+${format},size=${size},rate=5`,
  encode: ["-c:v", "rawvideo", "-f", "rawvideo"],
});

/** What is played: how the bars are coded (matrix, range), what is said of that, and who is left to guess. */
const STREAMS = [
  { says: "BT.709", size: "640x480", matrix: "bt709", range: "tv", of: h264(...described("bt709")) },
  { says: "SMPTE 170M", size: "1280x720", matrix: "bt601", range: "tv", of: h264(...described("smpte170m")) },
  {
    says: "BT.470 BG's matrix only",
    size: "640x480",
    matrix: "bt601",
    range: "tv",
    of: h264("-colorspace", "bt470bg"),
    unless: ["jmuxer"],
  },
  { says: "nothing", size: "640x480", matrix: "bt709", range: "tv", of: h264() },
  { says: "nothing", size: "1280x720", matrix: "bt709", range: "tv", of: h264() },
  { says: "full range", size: "640x480", matrix: "bt601", range: "pc", of: h264() },
  {
    says: "BT.709, full range",
    size: "1280x720",
    matrix: "bt709",
    range: "pc",
    of: h264(...described("bt709")),
  },
  {
    says: "JPEG",
    size: "1280x720",
    matrix: "bt601",
    range: "pc",
    of: { kind: "mjpeg", name: "file+mjpeg", encode: ["-c:v", "mjpeg", "-q:v", "2"] },
  },
  { says: "raw yuv420p", size: "1280x720", matrix: "bt601", range: "tv", of: raw("yuv420p", "1280x720") },
];

/** Two seconds of bars, few a second: what is looked at does not move. */
async function makeBars(t, path, { size, matrix, range, of }) {
  const [width, height] = size.split("x").map(Number);
  const row = Buffer.from(
    Array.from({ length: width }, (_, x) => BARS[Math.floor((x * BARS.length) / width)]).flat(),
  );
  const filter = `loop=9:1:0,scale=out_color_matrix=${matrix}:out_range=${range}:flags=accurate_rnd,format=yuv${range === "pc" ? "j" : ""}420p`;
  const input = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "5", "-i", "pipe:0"];
  const child = ffmpeg(t, [...input, "-vf", filter, "-color_range", range, ...of.encode, "-y", path], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.process.stdin.end(Buffer.concat(Array.from({ length: height }, () => row)));
  const { code } = await within("the bars", child.ended);
  assert.equal(code, 0, child.stderr);
}

/** The mean colour in the middle of each bar, of a picture as RGB or RGBA. */
function colours(pixels, width, height, bytes, bars) {
  return Array.from({ length: bars }, (_, bar) =>
    [0, 1, 2].map((channel) => {
      let sum = 0;
      const [left, top] = [Math.floor(((bar + 0.5) * width) / bars) - 4, (height >> 1) - 4];
      for (let y = top; y < top + 8; y++)
        for (let x = left; x < left + 8; x++) sum += pixels[(y * width + x) * bytes + channel];
      return Math.round(sum / 64);
    }),
  );
}

/** What the page shows; null while it shows nothing. Runs in the page. */
function readSurface(colours, bars) {
  const surface = document.querySelector(".stage > canvas, .stage > video");
  const [width, height] = [surface?.videoWidth ?? surface?.width, surface?.videoHeight ?? surface?.height];
  if (!width || !height || surface.hidden || surface.readyState < 2) return null;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(surface, 0, 0, width, height);
  return colours(context.getImageData(0, 0, width, height).data, width, height, 4, bars);
}

/** The colours that a player shows. All are shown on one page, one after the other. */
async function shownBy(t, page, url, player) {
  let shown = null;
  await t.test(player, async () => (shown = await shownOn(page, url, player)));
  return shown;
}

async function shownOn(page, url, player) {
  await page.goto(`${url}?player=${player}`);
  const shown = await until(`${player} shows the bars`, async () => {
    const shown = await page.evaluate(`(${readSurface})(${colours}, ${BARS.length})`);
    if (!shown) throw new Error(JSON.stringify(await pageState(page)));
    return shown;
  });
  assert.equal((await pageState(page)).player, player);
  return shown;
}

/** `snapshot.jpg`, as ffmpeg sees it. */
async function inJpeg(url, size) {
  const response = await fetch(`${url}snapshot.jpg`);
  assert.equal(response.status, 200);
  const args = ["-v", "error", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
  const pixels = execFileSync("ffmpeg", args, {
    input: Buffer.from(await response.arrayBuffer()),
    maxBuffer: 1 << 24,
  });
  const [width, height] = size.split("x").map(Number);
  assert.equal(pixels.length, width * height * 3);
  return colours(pixels, width, height, 3, BARS.length);
}

test("colours are right", async (t) => {
  const folder = scratch(t);
  const path = (number) => `${folder}/${number}.${STREAMS[number].of.kind}`;
  for (const [number, stream] of STREAMS.entries()) await makeBars(t, path(number), stream);
  const sources = STREAMS.map(({ of }, number) => `c${number}=${of.name}:${path(number)}`);
  const server = await startServer(t, { sources });
  const page = await openInChromium(t, await startChromium(), server.url);
  for (const [number, { says, size, unless = [] }] of STREAMS.entries()) {
    await t.test(`${size}, ${says}`, async (t) => {
      const url = `${server.url}cam/c${number}/`;
      const players = PLAYERS.map(({ player }) => player).filter((player) => !unless.includes(player));
      const found = { jpeg: await inJpeg(url, size) };
      for (const player of players) found[player] = await shownBy(t, page, url, player);
      const isRight = (shown) =>
        shown?.flat().every((value, at) => Math.abs(value - BARS.flat()[at]) <= TOLERANCE);
      const wrong = Object.entries(found).filter(([, shown]) => !isRight(shown));
      assert.deepEqual(wrong, [], `not ${JSON.stringify(BARS)}`);
    });
  }
});
