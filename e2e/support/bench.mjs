/**
 * The bench's camera and its reference broadcaster, and when the camera wrote each frame.
 *
 * The camera shows one GOP of 60 pictures over and over, the frame clock in them counts from 0 to 59; each access unit
 * carries the moment just before its first write (bench/src/stamp.rs).
 */

import { fileURLToPath } from "node:url";

import WebSocket from "ws";

import { Child } from "./child.mjs";
import { atEnd } from "./cleanup.mjs";
import { holdPort } from "./ports.mjs";
import { until } from "./until.mjs";

export const BENCH =
  process.env.LENSCAST_BENCH ??
  fileURLToPath(new URL("../../target/release/lenscast-bench", import.meta.url));
export const GOP_FRAMES = 60;
/**
 * A little slower than 30 a second: within 8.4 s its frames meet every phase of a display of 60, where 30.0 would keep one
 * phase, a lucky or an unlucky one, for the whole of a run.
 */
const FRAME_US = 33_400;

/** What the server takes as `--source`. */
export const benchCamera = (profile) => `exec:'${BENCH}' camera --profile ${profile} --frame-us ${FRAME_US}`;

/** The reference broadcaster; its address. */
export async function startReference(t, profile) {
  const port = await holdPort(t);
  const reference = new Child(BENCH, [
    "reference",
    "--profile",
    profile,
    "--listen",
    `127.0.0.1:${port}`,
    "--frame-us",
    `${FRAME_US}`,
  ]);
  atEnd(t, () => reference.kill());
  return `ws://127.0.0.1:${port}/`;
}

/** Start of the stamp's NAL unit: SEI, user data unregistered, 56 bytes, UUID. */
const STAMP = Buffer.concat([Buffer.from([6, 5, 56]), Buffer.from("Lenscast\xb5bench\xe1\xa7", "latin1")]);
const FIELD_BYTES = 10;

/** Seven bits a byte, the lowest first. */
function field(bytes, at) {
  let value = 0n;
  for (let byte = FIELD_BYTES - 1; byte >= 0; byte--) value = (value << 7n) | BigInt(bytes[at + byte] & 0x7f);
  return value;
}

/** When the frames were written, learnt from a WebSocket that carries them. */
export class WriteTimes {
  #newest = new Map();

  static async of(t, address) {
    const times = new WriteTimes();
    await until(
      "frames from " + address,
      () =>
        new Promise((done, fail) => {
          const socket = new WebSocket(address);
          socket.on("message", (bytes) => times.#take(bytes) && done(true));
          socket.on("error", fail);
          atEnd(t, () => socket.terminate());
        }),
    );
    return times;
  }

  #take(bytes) {
    const at = bytes.indexOf(STAMP);
    if (at < 0) return false;
    const fields = at + STAMP.length;
    const number = Number(field(bytes, fields) % BigInt(GOP_FRAMES));
    const writtenMs = Number(field(bytes, fields + 2 * FIELD_BYTES)) / 1e6;
    this.#newest.set(number, [...(this.#newest.get(number) ?? []), writtenMs]);
    return true;
  }

  /** The last time before `atMs` (Unix) at which picture `number` was written; undefined if it was not. */
  before(number, atMs) {
    return this.#newest.get(number)?.findLast((writtenMs) => writtenMs < atMs);
  }
}
