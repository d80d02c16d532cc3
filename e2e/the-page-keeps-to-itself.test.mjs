import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";

import { atEnd } from "./support/cleanup.mjs";
import { openInChromium, PLAIN_HOST, startChromium } from "./support/chromium.mjs";
import { assertPlays } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";

test("the page comes with headers that keep it to itself", async (t) => {
  const server = await startServer(t);
  const page = await fetch(server.url);
  const headers = Object.fromEntries(page.headers);
  assert.equal(headers["content-type"], "text/html; charset=utf-8");
  assert.equal(headers["x-content-type-options"], "nosniff");
  // Other sites learn nothing, and our own forms say that they are ours.
  assert.equal(headers["referrer-policy"], "same-origin");
  assert.equal(headers["cache-control"], "no-cache");
  const policy = Object.fromEntries(
    headers["content-security-policy"].split(";").map((part) => {
      const [name, ...sources] = part.trim().split(/\s+/);
      return [name, sources];
    }),
  );
  assert.deepEqual(policy["default-src"], ["'self'"]);
  assert.deepEqual(policy["script-src"], ["'self'", "'wasm-unsafe-eval'"]);
  assert.ok(policy["media-src"].includes("blob:") && policy["worker-src"].includes("blob:"));
  assert.deepEqual(policy["frame-ancestors"], ["*"]);

  const html = await page.text();
  const files = [...html.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map((match) => match[1]);
  assert.ok(files.length >= 2, html);
  for (const file of files) {
    const response = await fetch(new URL(file, server.url), { headers: { "accept-encoding": "identity" } });
    assert.equal(response.status, 200, file);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", file);
    assert.match(response.headers.get("content-type"), /^(text\/javascript|text\/css|image\/svg\+xml)/, file);
    await response.arrayBuffer();
  }
});

test("nothing is fetched from elsewhere, and nothing is complained about", async (t) => {
  const server = await startServer(t);
  const browser = await startChromium();
  for (const url of [server.url, `http://${PLAIN_HOST}:${server.port}/`, `${server.url}cam/cam1/?info`]) {
    const page = await openInChromium(t, browser, url);
    await assertPlays(page, { count: 10 });
    for (const key of ["i", "?", "Escape", "s", "i"]) await page.keyboard.press(key);
    assert.deepEqual(page.watch.foreign(), []);
    assert.deepEqual(page.watch.unexpected(), []);
    assert.ok(
      [...page.watch.addresses].some((address) => address.startsWith("ws:")),
      "sockets are watched, too",
    );
  }
});

test("the page may stand in a frame of another page", async (t) => {
  const server = await startServer(t);
  const outer = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(
      `<link rel="icon" href="data:,"><iframe src="${server.url}" width="640" height="360"></iframe>`,
    );
  });
  await new Promise((done) => outer.listen(0, "127.0.0.1", done));
  atEnd(t, () => outer.close());
  const browser = await startChromium();
  const page = await openInChromium(t, browser, `http://127.0.0.1:${outer.address().port}/`);
  page.watch.foreign = () => [];
  const frame = await (await page.waitForSelector("iframe")).contentFrame();
  await assertPlays(frame, { count: 10 });
});
