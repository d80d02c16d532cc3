// The requests of programs that know mjpg-streamer, as they stood on the wire: OctoPrint's (its timelapse and its test of
// the settings, by requests) and Home Assistant's (its cameras, by aiohttp and httpx).

import assert from "node:assert/strict";
import { connect } from "node:net";
import test from "node:test";

import { atEnd } from "./support/cleanup.mjs";
import { numbersOf } from "./support/jpeg.mjs";
import { assertRising } from "./support/pixels.mjs";
import { startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

const REQUESTS = [
  "User-Agent: python-requests/2.34.2",
  "Accept-Encoding: gzip, deflate",
  "Accept: */*",
  "Connection: keep-alive",
];
const HOME_ASSISTANT = "User-Agent: HomeAssistant/2025.5.0 aiohttp/3.11.18 Python/3.13";
const AIOHTTP = [HOME_ASSISTANT, "Accept: */*", "Accept-Encoding: gzip, deflate"];
const HTTPX = ["Accept: */*", "Accept-Encoding: gzip, deflate", "Connection: keep-alive", HOME_ASSISTANT];
const CHROMIUM = [
  "Connection: keep-alive",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
  "Accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  "Referer: http://octopi.local/",
  "Accept-Encoding: gzip, deflate",
  "Accept-Language: en-US,en;q=0.9",
];

const CASES = [
  { name: "OctoPrint's timelapse", line: "GET /?action=snapshot", headers: REQUESTS, type: "image" },
  {
    name: "OctoPrint's test of the snapshot",
    line: "HEAD /?action=snapshot",
    headers: REQUESTS,
    type: "head",
  },
  { name: "OctoPrint's test of the stream", line: "HEAD /?action=stream", headers: REQUESTS, type: "head" },
  { name: "OctoPrint's tab", line: "GET /?action=stream&1764370000000", headers: CHROMIUM, type: "stream" },
  { name: "Home Assistant's MJPEG camera", line: "GET /?action=stream", headers: AIOHTTP, type: "stream" },
  { name: "its still image", line: "GET /snapshot.jpg", headers: HTTPX, type: "image" },
  { name: "its still image of mjpg-streamer", line: "GET /?action=snapshot", headers: HTTPX, type: "image" },
];

const HEAD_END = Buffer.from("\r\n\r\n");

/** Sends these bytes and gives what has come so far, at every look. */
function send(t, port, bytes) {
  const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
  atEnd(t, () => socket.destroy());
  const answer = { bytes: Buffer.alloc(0) };
  socket.on("data", (more) => (answer.bytes = Buffer.concat([answer.bytes, more])));
  socket.on("error", () => {});
  return answer;
}

/** Status and headers, and where the body begins; null while they have not come. */
function headOf(bytes) {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return null;
  const [status, ...lines] = bytes.subarray(0, end).toString().split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(":")[0].toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  return { status, headers, bodyAt: end + HEAD_END.length };
}

/** Pictures as Home Assistant cuts them out of a stream: from the first start of an image to the next end of one. */
function cutOut(bytes) {
  const pictures = [];
  for (let at = 0; ;) {
    const start = bytes.indexOf(Buffer.from([0xff, 0xd8]), at);
    const end = bytes.indexOf(Buffer.from([0xff, 0xd9]), start);
    if (start < 0 || end < 0) return pictures;
    pictures.push(bytes.subarray(start, end + 2));
    at = end + 2;
  }
}

const CHECKS = {
  async head(answer) {
    const { status, headers } = await until("the head", () => headOf(answer.bytes));
    assert.match(status, /^HTTP\/1\.[01] 200 OK$/);
    assert.match(headers["content-type"], /^(image|multipart)\//);
  },
  async image(answer) {
    const { status, headers, bodyAt } = await until("the head", () => headOf(answer.bytes));
    assert.match(status, /^HTTP\/1\.[01] 200 OK$/);
    assert.equal(headers["content-type"], "image/jpeg");
    assert.equal(headers["content-encoding"], undefined);
    const end = bodyAt + Number(headers["content-length"]);
    await until("the picture", () => answer.bytes.length >= end);
    const [number] = numbersOf([answer.bytes.subarray(bodyAt, end)], 640, 360);
    assert.ok(Number.isInteger(number), "a picture with its number");
  },
  async stream(answer) {
    const { status, headers, bodyAt } = await until("the head", () => headOf(answer.bytes));
    assert.match(status, /^HTTP\/1\.[01] 200 OK$/);
    assert.match(headers["content-type"], /^multipart\/x-mixed-replace;\s*boundary=/);
    assert.equal(headers["content-encoding"], undefined);
    const pictures = await until("five pictures", () => {
      const found = cutOut(answer.bytes.subarray(bodyAt));
      return found.length >= 5 && found.slice(0, 5);
    });
    assertRising(numbersOf(pictures, 640, 360).map((number) => ({ number })));
  },
};

test("requests of printers and homes are answered", async (t) => {
  const server = await startServer(t);
  for (const { name, line, headers, type } of CASES) {
    await t.test(name, async (t) => {
      const request = [`${line} HTTP/1.1`, `Host: 127.0.0.1:${server.port}`, ...headers, "", ""];
      await CHECKS[type](send(t, server.port, request.join("\r\n")));
    });
  }
});
