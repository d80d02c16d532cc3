// Every kind of source, with a real ffmpeg at the other end of it, until its pictures are on a page.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { B_FRAMES, ffmpeg, makeClip, quoted, scratch, startCamera } from "./support/ffmpeg.mjs";
import { assertPlays } from "./support/pixels.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { within } from "./support/until.mjs";

test("ffmpeg is seen on the page", async (t) => {
  const browser = await startChromium();
  const folder = scratch(t);
  const clips = {
    live: await makeClip(t, join(folder, "live.mp4")),
    bFrames: await makeClip(t, join(folder, "b-frames.mp4"), { encode: B_FRAMES }),
  };
  const inContainer = async (t, clip, name) => {
    const path = join(folder, name);
    const { code } = await within("the clip", ffmpeg(t, ["-i", clip, "-c", "copy", "-y", path]).ended);
    assert.equal(code, 0);
    return path;
  };

  await t.test("through standard input", async (t) => {
    const server = await startServer(t, { sources: ["-"], stdin: true });
    server.mayFail = true; // standard input may end before the server
    const camera = startCamera(t, ["pipe:1"]);
    camera.process.stdout.pipe(server.process.stdin);
    const page = await openInChromium(t, browser, server.url);
    await assertPlays(page);
  });

  await t.test("through a connection that the server makes", async (t) => {
    const port = await holdPort(t);
    startCamera(t, [`tcp://127.0.0.1:${port}?listen=1`]);
    const server = await startServer(t, { sources: [`tcp://127.0.0.1:${port}`] });
    const page = await openInChromium(t, browser, server.url);
    await assertPlays(page);
  });

  await t.test("through a connection that the server waits for", async (t) => {
    const port = await holdPort(t);
    const server = await startServer(t, { sources: [`tcp-listen://127.0.0.1:${port}`] });
    const waiting = await server.untilCamera("it waits", (camera) => camera.state === "offline");
    assert.match(waiting.message, /^Waiting for a camera to connect to tcp-listen:/);
    startCamera(t, [`tcp://127.0.0.1:${port}`]);
    const page = await openInChromium(t, browser, server.url);
    await assertPlays(page);
  });

  await t.test("as a command that the server runs", async (t) => {
    const command = `ffmpeg -loglevel error -re -i ${quoted(clips.live)} -c copy -f h264 -`;
    const server = await startServer(t, { sources: [`exec:${command}`] });
    const page = await openInChromium(t, browser, server.url);
    await assertPlays(page, { fresh: false });
  });

  await t.test("as a file, at its own rate", async (t) => {
    const clip = await inContainer(t, clips.live, "clip.h264");
    const server = await startServer(t, { sources: [`file:${clip}`] });
    const page = await openInChromium(t, browser, server.url);
    const pictures = await assertPlays(page, { count: 60, fresh: false });
    const [first, last] = [pictures[0], pictures.at(-1)];
    const perSecond = ((last.number - first.number) * 1000) / (last.atMs - first.atMs);
    assert.ok(perSecond > 20 && perSecond < 40, `${perSecond} pictures a second, where the file has 30`);
  });

  // What ends a frame there, by its name in the status.
  const containers = [
    { format: "flv", endedBy: ["container_size"] },
    { format: "mpegts", endedBy: ["stuffing", "pes_length"] },
  ];
  for (const { format, endedBy } of containers) {
    const assertEnds = async (server) => {
      const [track] = (await server.status()).cameras[0].tracks;
      const count = (names) => names.reduce((sum, name) => sum + (track.ended_by[name] ?? 0), 0);
      assert.ok(count(endedBy) > 0.5 * count(Object.keys(track.ended_by)), JSON.stringify(track.ended_by));
      assert.equal(track.dropped, 0);
    };

    await t.test(`${format} through standard input`, async (t) => {
      const server = await startServer(t, { sources: ["-"], stdin: true });
      server.mayFail = true;
      startCamera(t, ["pipe:1"], { format }).process.stdout.pipe(server.process.stdin);
      const page = await openInChromium(t, browser, server.url);
      await assertPlays(page);
      await assertEnds(server);
    });

    await t.test(`${format} through a connection that the server waits for`, async (t) => {
      const port = await holdPort(t);
      const server = await startServer(t, { sources: [`tcp-listen+${format}://127.0.0.1:${port}`] });
      startCamera(t, [`tcp://127.0.0.1:${port}`], { format, encode: B_FRAMES });
      const page = await openInChromium(t, browser, server.url);
      await assertPlays(page);
      await assertEnds(server);
    });

    await t.test(`${format} as a command that the server runs`, async (t) => {
      const command = `ffmpeg -loglevel error -re -i ${quoted(clips.live)} -c copy -f ${format} -`;
      const server = await startServer(t, { sources: [`exec:${command}`] });
      const page = await openInChromium(t, browser, server.url);
      await assertPlays(page, { fresh: false });
      await assertEnds(server);
    });

    await t.test(`${format} as a file, at the pace of its time stamps`, async (t) => {
      const clip = await inContainer(t, clips.bFrames, `clip.${format === "flv" ? "flv" : "ts"}`);
      const server = await startServer(t, { sources: [`file:${clip}`] });
      const page = await openInChromium(t, browser, server.url);
      const pictures = await assertPlays(page, { count: 60, fresh: false });
      const [first, last] = [pictures[0], pictures.at(-1)];
      const perSecond = ((last.number - first.number) * 1000) / (last.atMs - first.atMs);
      assert.ok(perSecond > 20 && perSecond < 40, `${perSecond} pictures a second, where the file has 30`);
    });
  }
});
