/**
 * The classic pages: pictures read from whatever element they draw on, and bare pages that know only a library.
 *
 *   const site = await startSite(t, { "/": html, "/lib.js": script });     // a web server that knows no camera
 *   const page = await openClassic(t, browser, site.url);
 *   await assertMoves(page);                                              // by the frame clock in the pixels
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

import { build } from "esbuild";

import { readFrameClock } from "../frame-clock.mjs";
import { atEnd } from "./cleanup.mjs";
import { until } from "./until.mjs";

const require = createRequire(import.meta.url);

/** A file of an npm package, as text. */
export const library = (path) => readFileSync(require.resolve(path), "utf8");

export const JMUXER = () => library("jmuxer/dist/jmuxer.min.js");
export const BROADWAY = () => ({
  "/Decoder.js": library("broadway-player/Player/Decoder.js"),
  "/YUVCanvas.js": library("broadway-player/Player/YUVCanvas.js"),
  "/Player.js": library("broadway-player/Player/Player.js"),
});

/** h264-live-player, which npm has in parts only, as one script that leaves `WSAvcPlayer`. */
export async function liveClient() {
  const built = await build({
    stdin: {
      contents: `globalThis.WSAvcPlayer = require("h264-live-player");`,
      resolveDir: new URL("..", import.meta.url).pathname,
    },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    logLevel: "silent",
    // One of its libraries can read files where there are any.
    plugins: [
      {
        name: "no-files",
        setup: (build) => {
          build.onResolve({ filter: /^fs$/ }, () => ({ path: "fs", namespace: "none" }));
          build.onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "" }));
        },
      },
    ],
  });
  return built.outputFiles[0].text;
}

/** The page of the JMuxer system as its author wrote it, but for where the library comes from. */
export const SEED_JMUXER_PAGE = `<head> <meta name="color-scheme" content="dark"> <script type="text/javascript" src="jmuxer.min.js"></script>
<style> body{ margin: 0; } </style> </head> <body> <div id="container" style="width: 100%; margin: 0 auto;"> <div class="vsc-controller"></div>
<video width="100%" autoplay muted id="player"></video> </div> <script> function parse(data) { var input = new Uint8Array(data), video = input; return { video: video, }; }
window.onload = function () { var socketURL = document.location.href.replace('http', 'ws')+'ws/'; var jmuxer = new JMuxer({ node: 'player', mode: 'video', flushingTime: 0, fps: 30, debug: false });
var ws = new WebSocket(socketURL); ws.binaryType = 'arraybuffer'; ws.addEventListener('message', function (event) { var data = parse(event.data); jmuxer.feed(data); }); } </script> </body>`;

/** The same with another address of its socket. */
export const jmuxerPage = (socketUrl) =>
  SEED_JMUXER_PAGE.replace("document.location.href.replace('http', 'ws')+'ws/'", JSON.stringify(socketUrl));

/** The page of the Broadway system as its author wrote it, but for the WebSocket's port. */
export const seedBroadwayPage = (port) => `<body>
 <h1>PiCamera H264 Streaming</h1>
 <div id='viewer'></div>
 <script src='Decoder.js'></script>
  <script src='YUVCanvas.js'></script>
 <script src='Player.js'></script>
  <script>
    // player
   window.player = new Player({
     useWorker: true,
     webgl: 'auto',
      size: { width: 848, height: 480 }
    })
    var playerElement = document.getElementById('viewer')
    playerElement.appendChild(window.player.canvas)
    // Websocket
    var wsUri =
     window.location.protocol.replace(/http/, 'ws')
     + '//' + window.location.hostname + ':${port}'
    var ws = new WebSocket(wsUri)
    ws.binaryType = 'arraybuffer'
    ws.onopen = function (e) {
      console.log('Client connected')
      ws.onmessage = function (msg) {
        // decode stream
        window.player.decode(new Uint8Array(msg.data));
      }
    }
    ws.onclose = function (e) {
      console.log('Client disconnected')
    }
  </script>
</body>
</html>`;

/** A page that knows only h264-live-player, which paints by `webgl` or on a plain `canvas`. */
export const livePlayerPage = (
  socketUrl,
  canvas = "webgl",
) => `<!DOCTYPE html><canvas id="canvas"></canvas><script src="player.js"></script><script>
  const player = new WSAvcPlayer(document.getElementById("canvas"), ${JSON.stringify(canvas)});
  player.on("canvasReady", () => player.playStream());
  player.connect(${JSON.stringify(socketUrl)});
</script>`;

/**
 * A web server with these files, for pages of other origins than the camera's.
 * @param {Record<string, string>} files by path
 */
export async function startSite(t, files) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://site").pathname;
    const body = files[path] ?? (path === "/favicon.ico" ? "" : undefined);
    const type = path.endsWith(".js") ? "text/javascript" : "text/html";
    response
      .writeHead(body === undefined ? 404 : 200, { "Content-Type": `${type}; charset=utf-8` })
      .end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  atEnd(t, () => new Promise((done) => server.close(done) && server.closeAllConnections()));
  return { url: `http://127.0.0.1:${server.address().port}/` };
}

/** A canvas of WebGL keeps its pixels, so that they can be read whenever a test looks. */
const KEEP_PIXELS = `{
  const getContext = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, options) {
    return getContext.call(this, kind, /webgl/.test(kind) ? { ...options, preserveDrawingBuffer: true } : options);
  };
}`;

/** Opens a page whose pictures can be read; the camera may be on another port of this machine. */
export async function openClassic(t, browser, url, { expected = [] } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  atEnd(t, () => context.close());
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => message.type() === "error" && page.complaints.push(message.text()));
  page.on("pageerror", (error) => page.complaints.push(`thrown: ${error.stack ?? error.message}`));
  atEnd(t, () => {
    const odd = page.complaints.filter((text) => !expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(odd, [], "complaints in the console");
  });
  await page.addInitScript(KEEP_PIXELS);
  await page.goto(url);
  return page;
}

/** The newest picture on the page: its number and its age in milliseconds. Runs in the page. */
function readSurface(readClock) {
  for (const surface of document.querySelectorAll("video, canvas")) {
    const isVideo = surface.localName === "video";
    const width = isVideo ? surface.videoWidth : surface.width;
    const height = isVideo ? surface.videoHeight : surface.height;
    if (!width || !height) continue;
    const top = Math.ceil(height / 11);
    const reader = (globalThis.pictureReader ??= new OffscreenCanvas(1, 1));
    if (reader.width !== width || reader.height !== top) Object.assign(reader, { width, height: top });
    const context = reader.getContext("2d", { willReadFrequently: true });
    context.drawImage(surface, 0, 0, width, top, 0, 0, width, top);
    const now = Date.now();
    const clock = readClock(context.getImageData(0, 0, width, top).data, width, height, now * 1000);
    if (clock)
      return {
        surface: surface.localName,
        width,
        height,
        number: clock.number,
        ageMs: now - clock.capturedAtMicros / 1000,
      };
  }
  return null;
}

/** Each new picture for `ms` milliseconds. Runs in the page. */
function watch(readSurface, readClock, ms) {
  return new Promise((done) => {
    const started = performance.now();
    const seen = [];
    const look = () => {
      const picture = readSurface(readClock);
      if (picture && picture.number !== seen.at(-1)?.number) seen.push(picture);
      if (performance.now() - started > ms) done(seen);
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** The picture that the page shows now, or null. */
export const pictureOn = (page) => page.evaluate(`(${readSurface})(${readFrameClock})`);

/** Each new picture that the page shows for so long. */
export const picturesFor = (page, ms) =>
  page.evaluate(`(${watch})(${readSurface}, ${readFrameClock}, ${ms})`);

/** Waits for a picture on the page. */
export const untilShown = (page, what = "a picture", wanted = () => true) =>
  until(what, async () => {
    const picture = await pictureOn(page);
    if (!picture)
      throw new Error(`no picture; the page says: ${await page.evaluate("document.body.innerText")}`);
    if (!wanted(picture)) throw new Error(JSON.stringify(picture));
    return picture;
  });

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Median age of the pictures that the page shows in the next `ms` milliseconds. */
export async function medianAge(page, ms = 2000) {
  const ages = (await picturesFor(page, ms)).map((picture) => picture.ageMs);
  assert.ok(ages.length > 3, `pictures in ${ms} ms: ${ages.length}`);
  return median(ages);
}

/** Asserts that the page shows many pictures, each newer than the one before, and fresh ones. */
export async function assertMoves(page, { surface, count = 20, withinMs = 1000 } = {}) {
  const first = await untilShown(page);
  if (surface) assert.equal(first.surface, surface);
  let pictures = [];
  await until(`${count} pictures in two seconds`, async () => {
    pictures = await picturesFor(page, 2000);
    if (pictures.length < count)
      throw new Error(`${pictures.length} pictures, ${JSON.stringify(pictures.at(-1))}`);
    const numbers = pictures.map((picture) => picture.number);
    for (let at = 1; at < numbers.length; at++) {
      assert.ok(numbers[at] > numbers[at - 1], `frame ${numbers[at]} after ${numbers[at - 1]}: ${numbers}`);
    }
    const age = median(pictures.map((picture) => picture.ageMs));
    if (age > withinMs) throw new Error(`median age ${age} ms`);
    return true;
  });
  return pictures;
}
