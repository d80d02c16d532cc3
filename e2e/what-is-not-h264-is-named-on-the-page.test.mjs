import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { ffmpeg, scratch, startCamera } from "./support/ffmpeg.mjs";
import { assertPlays, untilSaid } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";
import { within } from "./support/until.mjs";

test("what is not H.264 is named on the page", async (t) => {
  const folder = scratch(t);
  const jpeg = join(folder, "picture.jpg");
  await within(
    "a JPEG",
    ffmpeg(t, ["-f", "lavfi", "-i", "testsrc2=s=320x240", "-frames:v", "1", jpeg]).ended,
  );
  const text = join(folder, "notes.txt");
  writeFileSync(text, "The camera is in the other room.\n".repeat(200));
  const browser = await startChromium();

  const files = [
    { path: jpeg, looksLike: /it looks like (a )?(motion )?JPEG/i },
    { path: text, looksLike: /it looks like .*text/i },
  ];
  for (const { path, looksLike } of files) {
    await t.test(`a file: ${path.split(".").at(-1)}`, async (t) => {
      const server = await startServer(t, { sources: [`file:${path}`] });
      const page = await openInChromium(t, browser, server.url);
      const words = await untilSaid(
        page,
        "offline",
        /^Camera offline \| File .* holds neither H\.264 .* nor motion JPEG/,
      );
      assert.match(words, looksLike);
    });
  }

  await t.test("standard input: a JPEG that nothing follows for a while, then video", async (t) => {
    const server = await startServer(t, { sources: ["-"], stdin: true });
    server.mayFail = true;
    server.process.stdin.write(readFileSync(jpeg));
    const page = await openInChromium(t, browser, server.url);
    await untilSaid(page, "offline", /standard input sends neither H\.264 .*: it looks like .*JPEG/i);
    startCamera(t, ["pipe:1"]).process.stdout.pipe(server.process.stdin);
    await assertPlays(page, { count: 20 });
  });

  await t.test("standard input: text, and its end", async (t) => {
    const server = await startServer(t, { sources: ["-"], stdin: true });
    server.mayFail = true;
    server.process.stdin.end(readFileSync(text));
    const { code } = await within("the end", server.ended);
    assert.equal(code, 1);
    assert.match(server.stderr, /lenscast: .*standard input sends neither H\.264 .*: it looks like .*text/i);
  });
});
