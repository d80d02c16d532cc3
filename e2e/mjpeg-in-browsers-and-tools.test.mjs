// stream.mjpg and snapshot.jpg where they are used: in an <img> of a foreign page, in curl and in ffmpeg; in order, of
// now, and in the right colours.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import test from "node:test";

import { readFrameClock } from "./frame-clock.mjs";
import { openInChromium, startChromium } from "./support/chromium.mjs";
import { B_FRAMES, ffmpeg, makeClip, scratch } from "./support/ffmpeg.mjs";
import { openInFirefox, startFirefox } from "./support/firefox.mjs";
import { foreignHtml, foreignPage } from "./support/foreign.mjs";
import { decoded, numbersOf, parts } from "./support/jpeg.mjs";
import { SMALL, startServer } from "./support/server.mjs";
import { PATIENCE_MS, until, within } from "./support/until.mjs";

const ROOM = { maxBuffer: 1 << 28 };
/** Snapshots out of a cached GOP, each after the encoder has gone to rest: LENSCAST_ROUNDS=5 to know it better. */
const ROUNDS = Number(process.env.LENSCAST_ROUNDS ?? 2);

/** Headers, in order and as they came, and body of a request by curl. */
function curl(...args) {
  const out = execFileSync("curl", ["-sS", "-i", ...args], ROOM);
  const end = out.indexOf("\r\n\r\n");
  const [status, ...headers] = out.subarray(0, end).toString().split("\r\n");
  return {
    status,
    headers: Object.fromEntries(headers.map((line) => line.split(/: (.*)/))),
    body: out.subarray(end + 4),
  };
}

/** Pictures that the <img> shows one after another. Runs in the page. */
function watchImage(readClock, count, limitMs) {
  return new Promise((done) => {
    const image = document.querySelector("img");
    const started = performance.now();
    const seen = [];
    const look = () => {
      const { naturalWidth: width, naturalHeight: height } = image;
      if (width > 0) {
        const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
        context.drawImage(image, 0, 0);
        const now = Date.now();
        const clock = readClock(context.getImageData(0, 0, width, height).data, width, height, now * 1000);
        if (clock && clock.number !== seen.at(-1)?.number)
          seen.push({ number: clock.number, ageMs: now - clock.capturedAtMicros / 1000 });
      }
      if (seen.length >= count || performance.now() - started > limitMs) done(seen);
      else setTimeout(look, 4);
    };
    look();
  });
}

async function assertImagePlays(t, page, name, address) {
  page.watch.addresses.delete(address);
  const seen = await page.evaluate(`(${watchImage})(${readFrameClock}, 40, ${PATIENCE_MS})`);
  assert.equal(seen.length, 40, `${name}: ${JSON.stringify(seen.at(-1))}`);
  const numbers = seen.map((picture) => picture.number);
  assert.ok(
    numbers.every((number, at) => at === 0 || number > numbers[at - 1]),
    `${name} in order: ${numbers}`,
  );
  const ages = seen.map((picture) => picture.ageMs).sort((a, b) => a - b);
  t.diagnostic(`${name}: pictures are ${Math.round(ages[20])} ms old (median)`);
  assert.ok(ages[20] < 1000, `ages in ms: ${ages.map(Math.round)}`);
}

for (const [query, name] of [
  ["", "with lengths"],
  ["?advance_headers=1", "with headers ahead"],
]) {
  test(`an <img> on a foreign page plays: ${name}`, async (t) => {
    const server = await startServer(t, { sources: [SMALL] });
    const address = new URL(`stream.mjpg${query}`, server.url).href;
    const url = await foreignPage(t, foreignHtml(`<img crossorigin src="${address}">`));
    const chromium = await startChromium();
    await t.test("in Chromium", async (t) =>
      assertImagePlays(t, await openInChromium(t, chromium, url), `Chromium, ${name}`, address),
    );
    const firefox = await startFirefox();
    await t.test("in Firefox", async (t) =>
      assertImagePlays(t, await openInFirefox(t, firefox, url), `Firefox, ${name}`, address),
    );
  });
}

test("curl and ffprobe read what mjpg-streamer's clients read", async (t) => {
  const server = await startServer(t, { sources: [SMALL] });
  const { status, headers, body } = curl(new URL("?action=snapshot", server.url).href);
  assert.equal(status, "HTTP/1.1 200 OK");
  assert.equal(headers["content-type"], "image/jpeg");
  assert.equal(Number(headers["content-length"]), body.length);
  assert.equal(headers["access-control-allow-origin"], "*");
  assert.match(headers["x-timestamp"], /^\d{10}\.\d{6}$/);
  const head = curl("--head", new URL("stream.mjpg", server.url).href);
  assert.match(
    head.headers["content-type"],
    /^multipart\/x-mixed-replace;boundary=boundarydonotcross[0-9a-f]{32}$/,
  );
  assert.equal(head.body.length, 0);

  for (const query of ["", "?advance_headers=1", "?width=320&quality=50"]) {
    const url = new URL(`stream.mjpg${query}`, server.url).href;
    const entries = "stream=codec_name,width,height,pix_fmt,color_range";
    const args = [
      "-v",
      "warning",
      "-f",
      "mpjpeg",
      "-of",
      "json",
      "-show_entries",
      entries,
      "-read_intervals",
      "%+1",
      url,
    ];
    const { streams } = JSON.parse(execFileSync("ffprobe", args, ROOM));
    const [width, height] = query.includes("320") ? [320, 180] : [640, 360];
    assert.deepEqual(
      streams,
      [{ codec_name: "mjpeg", width, height, pix_fmt: "yuvj420p", color_range: "pc" }],
      query,
    );
    const strict = ["-xerror", "-err_detect", "explode", "-f", "mpjpeg"];
    const player = ffmpeg(t, [...strict, "-i", url, "-frames:v", "30", "-f", "null", "-"]);
    const { code } = await within("ffmpeg", player.ended);
    assert.deepEqual({ code, said: player.stderr }, { code: 0, said: "" }, query);
  }
});

test("pictures of H.264 with B frames come in order, and a snapshot at once", async (t) => {
  const clip = await makeClip(t, join(scratch(t), "clip.h264"), {
    width: 1280,
    height: 720,
    frames: 240,
    encode: [...B_FRAMES, "-g", "60"],
  });
  const server = await startServer(t, { sources: [`file:${clip}`] });
  const url = (path) => new URL(path, server.url).href;
  const numbers = numbersOf(await parts(url("stream.mjpg?width=640"), 45), 640, 360);
  assert.ok(
    numbers.every((number, at) => at === 0 || number > numbers[at - 1] || number < 3),
    `in order: ${numbers}`,
  );

  // A viewer of H.264 keeps the camera running; nobody has JPEG, so the GOP so far has to be decoded.
  const viewer = new AbortController();
  const video = await fetch(url("stream.h264"), { signal: viewer.signal });
  const reading = video.body.pipeTo(new WritableStream()).catch(() => {});
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    await server.untilCamera("JPEG rests", ({ tracks }) => tracks.every((track) => track.kind !== "jpeg"));
    const started = performance.now();
    const response = await fetch(url("snapshot.jpg"));
    const jpeg = Buffer.from(await response.arrayBuffer());
    times.push(performance.now() - started);
    assert.equal(response.status, 200);
    assert.equal(numbersOf([jpeg], 1280, 720).length, 1);
  }
  const warm = performance.now();
  await (await fetch(url("snapshot.jpg"))).arrayBuffer();
  t.diagnostic(
    `snapshots of 1280x720 out of the cached GOP: ${times.map(Math.round).join(", ")} ms; again at once: ${Math.round(performance.now() - warm)} ms`,
  );
  assert.ok(Math.min(...times) < 1000, "no keyframe is waited for");
  viewer.abort();
  await reading;
});

test("the colours are ffmpeg's", async (t) => {
  const [width, height] = [640, 480];
  const bars = [
    "-f",
    "lavfi",
    "-i",
    `smptehdbars=s=${width}x${height}:r=30`,
    "-frames:v",
    "60",
    "-pix_fmt",
    "yuv420p",
  ];
  const folder = scratch(t);
  const files = {
    // What names no matrix is shown as browsers do, not as ffmpeg: docs/colours.md, colours-are-right.test.mjs.
    "bt601.h264": ["-c:v", "libx264", "-crf", "10", "-bf", "2", "-colorspace", "smpte170m"],
    "bt709.h264": ["-c:v", "libx264", "-crf", "10", "-bf", "2", "-colorspace", "bt709"],
    "clip.mjpeg": ["-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj422p"],
  };
  for (const [name, encode] of Object.entries(files)) {
    const path = join(folder, name);
    await within("the clip", ffmpeg(t, [...bars, ...encode, "-y", path]).ended);
    const expected = execFileSync(
      "ffmpeg",
      ["-v", "error", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
      ROOM,
    );
    const server = await startServer(t, { sources: [`file:${path}`] });
    for (const query of ["quality=95", "quality=94&width=320"]) {
      const jpeg = curl(new URL(`snapshot.jpg?${query}`, server.url).href).body;
      const ours = decoded(jpeg, "rgb24");
      const scale = query.includes("320") ? 2 : 1;
      assert.equal(ours.length, (width * height * 3) / scale ** 2);
      const at = (pixels, row, x, y) => [...pixels.subarray((y * row + x) * 3, (y * row + x) * 3 + 3)];
      const apart = (one, other) => Math.max(...one.map((value, index) => Math.abs(value - other[index])));
      let compared = 0;
      for (const y of [60, 200, 300]) {
        for (let x = 20; x < width - 20; x += 20) {
          const want = at(expected, width, x, y);
          // Away from edges, where colours are subsampled in more than one way.
          if ([-16, -8, 8, 16].some((away) => apart(want, at(expected, width, x + away, y)) > 2)) continue;
          const got = at(ours, width / scale, x / scale, y / scale);
          assert.ok(apart(want, got) <= 6, `${name} ${query} at ${x},${y}: ${got} instead of ${want}`);
          compared++;
        }
      }
      assert.ok(compared > 40, `${compared} places`);
    }
    await server.stop();
  }
});

test("motion JPEG of ffmpeg plays, as it comes and as H.264", async (t) => {
  for (const format of ["mjpeg", "mpjpeg"]) {
    const clip = await makeClip(t, join(scratch(t), "clip.mjpeg"), {
      frames: 90,
      encode: ["-c:v", "mjpeg", "-q:v", "3"],
    });
    const loop = `exec:ffmpeg -v error -re -stream_loop -1 -i ${clip} -c copy -f ${format} -`;
    const server = await startServer(t, { sources: [loop] });
    await server.untilCamera("live", ({ state }) => state === "live");
    const numbers = numbersOf(await parts(new URL("stream.mjpg", server.url).href, 20), 640, 360);
    assert.ok(
      numbers.every((number, at) => at === 0 || number > numbers[at - 1] || number < 3),
      `${format}: ${numbers}`,
    );
    const raw = execFileSync(
      "ffmpeg",
      [
        "-v",
        "error",
        "-f",
        "h264",
        "-i",
        new URL("stream.h264", server.url).href,
        "-frames:v",
        "10",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgba",
        "-",
      ],
      ROOM,
    );
    const size = 640 * 360 * 4;
    const shown = Array.from(
      { length: 10 },
      (_, at) => readFrameClock(raw.subarray(at * size, (at + 1) * size), 640, 360)?.number,
    );
    assert.ok(
      shown.every((number) => Number.isInteger(number)),
      `${format} as H.264: ${shown}`,
    );
    await until("the encoder rests", async () =>
      (await server.status()).cameras[0].tracks.every((track) => !track.making),
    );
    await server.stop();
  }
});
