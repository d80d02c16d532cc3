// Proxies that pass HTTP and no WebSocket, and guards that ask for a password: the page says so and plays by what passes.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { openInChromium, startChromium, WITHOUT_H264 } from "./support/chromium.mjs";
import { atEnd } from "./support/cleanup.mjs";
import { runNginx } from "./support/nginx.mjs";
import { SERVER_GONE } from "./support/page.mjs";
import { assertPlays, messageOf, pageState, untilState } from "./support/pixels.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

const EXPECTED = { expected: [SERVER_GONE, /status of 40\d/] };

/** A port whose connections are taken and never answered. */
async function silentPort(t) {
  const sockets = new Set();
  const server = createTcpServer((socket) => sockets.add(socket.on("error", () => {})));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  atEnd(t, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server.address().port;
}

test("proxies that pass no WebSocket", { concurrency: true }, async (t) => {
  const gone = `gone=tcp://127.0.0.1:${await holdPort(t)}`;
  const server = await startServer(t, { sources: ["front=test,size=640x360", gone] });
  const pass = `proxy_pass http://127.0.0.1:${server.port}/;`;
  const silent = await silentPort(t);
  const root = await runNginx(
    t,
    `location /plain/ { ${pass} proxy_read_timeout 2s; }
     location /refuses/ { ${pass} }
     location ~ ^/refuses/.*/?ws/ { return 404; }
     location /hangs/ { ${pass} }
     location ~ ^/hangs/.*/?ws/ { proxy_pass http://127.0.0.1:${silent}; }`,
  );
  const browser = await startChromium();

  const kinds = [
    ["plain", "mp4", "video"],
    ["refuses", "mjpeg", "canvas", WITHOUT_H264],
    ["hangs", "mp4", "video"],
  ];
  const plays = kinds.map(([prefix, player, surface, init]) =>
    t.test(`/${prefix}/ plays by ${player}`, async (t) => {
      const page = await openInChromium(t, browser, `${root}${prefix}/cam/front/`, { ...EXPECTED, init });
      await assertPlays(page, { count: 20, surface });
      const { state, player: used, playerReason } = await pageState(page);
      assert.deepEqual([state, used], ["live", player]);
      if (!init) assert.match(playerReason, /does not pass WebSockets/);
      assert.match(await page.locator(".notice").textContent(), /does not pass WebSockets/);
      await until("the viewers are counted", async () => (await pageState(page)).viewers > 0);
    }),
  );
  await Promise.all(plays);

  await t.test("a camera that is gone is offline there, with its reason", async (t) => {
    const page = await openInChromium(t, browser, `${root}plain/cam/gone/`, EXPECTED);
    await untilState(page, "offline");
    assert.match(await messageOf(page), /Cannot connect to/);
  });

  await t.test("pause, and back to live", async (t) => {
    const page = await openInChromium(t, browser, `${root}plain/cam/front/`, EXPECTED);
    await assertPlays(page, { count: 5 });
    await page.keyboard.press("Space");
    await server.untilCamera("nobody is served", (camera) => camera.tracks[0].viewers.length === 0);
    await page.keyboard.press("Space");
    await assertPlays(page, { count: 5 });
  });
});

test("a guard that asks for a password is asked slowly, by the page and by the web component", async (t) => {
  const server = await startServer(t);
  let guarded = 0;
  let status = 401;
  const isFile = (path) => /^\/(page)?$|\.js$|\.css$|\/assets\/|\.svg$|^\/cam\/cam1\/$/.test(path);
  const proxy = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, server.url);
    if (pathname === "/page") {
      response.setHeader("content-type", "text/html");
      const html = `<!doctype html><title>x</title><link rel="icon" href="data:,"><script type="module" src="/player.js"></script>
        <lenscast-player src="/cam/cam1/" player="mjpeg"></lenscast-player>`;
      return response.end(html);
    }
    if (!isFile(pathname)) {
      guarded++;
      return response.writeHead(status).end();
    }
    const answer = await fetch(new URL(pathname, server.url));
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  proxy.on("upgrade", (_request, socket) => {
    guarded++;
    socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  atEnd(t, () => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const root = `http://127.0.0.1:${proxy.address().port}/`;
  const browser = await startChromium();

  const page = await openInChromium(t, browser, `${root}cam/cam1/`, EXPECTED);
  await untilState(page, "password");
  assert.match(await messageOf(page), /This address asks for a password/);
  const element = await openInChromium(t, browser, `${root}page`, EXPECTED);
  const stateOf = () => element.evaluate(`document.querySelector("lenscast-player").getAttribute("state")`);
  await until("the element says it", async () => {
    const state = await stateOf();
    if (state !== "password") throw new Error(`it is ${state} after ${guarded} requests`);
    return true;
  });
  await sleep(4000); // no state shows that nothing is asked
  assert.ok(guarded <= 7, `${guarded} requests of two players in the first seconds`);

  status = 403;
  const denied = await openInChromium(t, browser, `${root}cam/cam1/`, EXPECTED);
  await untilState(denied, "denied");
  assert.match(await messageOf(denied), /Access is refused/);
});

test("a wrong camera is named, and so are those that exist", async (t) => {
  const server = await startServer(t, { sources: ["front=test,size=320x180", "door=test,size=320x180"] });
  const browser = await startChromium();
  const html = `<!doctype html><title>x</title><link rel="icon" href="data:,"><script type="module" src="${server.url}player.js"></script>
    <lenscast-player src="${server.url}cam/frnt/"></lenscast-player>`;
  const outer = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise((done) => outer.listen(0, "127.0.0.1", done));
  atEnd(t, () => outer.close());
  const page = await openInChromium(t, browser, `http://127.0.0.1:${outer.address().port}/`, EXPECTED);
  page.watch.foreign = () => [];
  const words = () =>
    page.evaluate(
      `document.querySelector("lenscast-player").shadowRoot?.querySelector(".message")?.textContent`,
    );
  await until("the names", async () =>
    /There is no such camera\s*The server has front and door/.test(await words()),
  );

  const own = await openInChromium(t, browser, `${server.url}cam/frnt/`, EXPECTED);
  assert.equal(await own.locator("h1").textContent(), "There is no such camera");
  await own.getByRole("link", { name: "door" }).click();
  await assertPlays(own, { count: 5 });
});
