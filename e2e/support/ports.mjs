/**
 * Ports that are held for a test before a program binds them, for programs that have to be given a number.
 *
 * A held port is the local port of a connection that this process makes to itself. Linux gives it to nobody who asks for
 * any port, but lets a program that names it listen there, since all of them set SO_REUSEADDR, as libuv does here. While
 * nobody listens there, connections to it are refused.
 */

import { connect, createServer } from "node:net";

import { atEnd } from "./cleanup.mjs";

/** The other end of all connections that hold a port; made with the first. */
let peer = null;

function peerPort() {
  peer ??= new Promise((done) => {
    const server = createServer((socket) => socket.unref().on("error", () => {})).unref();
    server.listen(0, "127.0.0.1", () => done(server.address().port));
  });
  return peer;
}

/** @returns {Promise<{port: number, release: () => void}>} a port of 127.0.0.1 that is held until `release` */
export async function hold() {
  const port = await peerPort();
  const socket = connect({ host: "127.0.0.1", port, localAddress: "127.0.0.1" });
  await new Promise((done, failed) => socket.on("connect", done).on("error", failed));
  socket.unref();
  return { port: socket.localPort, release: () => socket.destroy() };
}

/** A port of 127.0.0.1 that is held for the length of the test. */
export async function holdPort(t) {
  const { port, release } = await hold();
  atEnd(t, release);
  return port;
}
