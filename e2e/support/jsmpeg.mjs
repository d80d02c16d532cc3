/**
 * jsmpeg's two generations, from npm: today's, and the jsmpg.js of 2013 that pistreaming has; and pages that know only them.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { library } from "./classic.mjs";

const require = createRequire(import.meta.url);

/** Today's: MPEG-TS over a WebSocket. Its file for pages stands beside the one for node. */
export const JSMPEG = () =>
  readFileSync(join(dirname(require.resolve("@cycjimmy/jsmpeg-player")), "jsmpeg-player.umd.min.js"), "utf8");
/** That of 2013: MPEG-1 video with a header of eight bytes. Packed for node, so it looks for a `module`. */
export const JSMPG = () => `var module = {};\n${library("jsmpeg/jsmpg.js")}`;

/** A page that knows only today's jsmpeg. */
export const jsmpegPage = (
  socketUrl,
  options = {},
) => `<!DOCTYPE html><canvas id="canvas"></canvas><script src="jsmpeg.js"></script><script>
  const all = { canvas: document.getElementById("canvas"), audio: false, ...${JSON.stringify(options)} };
  new (JSMpeg.Player ?? JSMpeg)(${JSON.stringify(socketUrl)}, all);
</script>`;

/** pistreaming's page in short, with the placeholders that its server fills in; `address` instead of the first. */
export const jsmpgPage = (
  address = "${ADDRESS}",
) => `<!DOCTYPE html><html><head><style>body { background: \${BGCOLOR}; }</style></head><body>
  <canvas id="videoCanvas" width="\${WIDTH}" height="\${HEIGHT}"></canvas>
  <script src="jsmpg.js"></script>
  <script>
    var canvas = document.getElementById('videoCanvas');
    var ctx = canvas.getContext('2d');
    ctx.fillStyle = '\${COLOR}';
    ctx.fillText('Loading...', canvas.width / 2 - 30, canvas.height / 3);
    var client = new WebSocket('ws://${address}/');
    var player = new jsmpeg(client, { canvas: canvas });
  </script></body></html>`;

/** The same where nobody fills in anything. */
export const bareJsmpgPage = (socketUrl) =>
  jsmpgPage()
    .replace("'ws://${ADDRESS}/'", JSON.stringify(socketUrl))
    .replaceAll(/\$\{(WIDTH|HEIGHT|COLOR|BGCOLOR)\}/g, "320");
