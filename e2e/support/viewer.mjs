/** A viewer without a picture: a WebSocket that keeps what it is sent. */

import WebSocket from "ws";

import { atEnd } from "./cleanup.mjs";
import { within } from "./until.mjs";

/**
 * Connects and waits until the connection stands.
 * @returns {Promise<WebSocket & {messages: Buffer[], texts: object[], closed: Promise<{code: number, reason: string}>}>}
 */
export async function openViewer(t, address, { keep = true } = {}) {
  const protocol = new URL(address).pathname.endsWith("/ws/live") ? ["lenscast.v1"] : [];
  const viewer = new WebSocket(address, protocol, { perMessageDeflate: false });
  viewer.messages = [];
  viewer.texts = [];
  viewer.received = 0;
  viewer.on("message", (data, isBinary) => {
    if (!isBinary) return viewer.texts.push(JSON.parse(data));
    viewer.received++;
    if (keep) viewer.messages.push(data);
  });
  viewer.closed = new Promise((done) =>
    viewer.on("close", (code, reason) => done({ code, reason: reason.toString() })),
  );
  const opened = new Promise((done, failed) => viewer.on("open", done).on("error", failed));
  atEnd(t, () => viewer.terminate());
  await within(`a connection to ${address}`, opened);
  return viewer;
}
