/** A TCP relay whose connections can be made slow, as those are that go over a link with losses; new ones are not. */

import { connect, createServer } from "node:net";

import { atEnd } from "./cleanup.mjs";

/** What a slow connection passes on at once, this often. */
const TICK_MS = 20;

/**
 * A relay to `port` on this machine, for the length of the test.
 * `slowDown(n)` lets the connections that stand now pass on n bytes a second; `count` is how many have been made so far.
 */
export async function startSlowLink(t, port) {
  const relayed = new Set();
  let count = 0;
  const listener = createServer((client) => {
    count++;
    const server = connect(port, "127.0.0.1");
    const link = { client, server, bytesPerSecond: Infinity };
    relayed.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        client.destroy();
        server.destroy();
        relayed.delete(link);
      });
    }
    client.pipe(server);
    void passOn(link);
  });
  await new Promise((listening) => listener.listen(0, "127.0.0.1", listening));
  atEnd(t, () => {
    listener.close();
    for (const { client, server } of relayed) {
      client.destroy();
      server.destroy();
    }
  });
  return {
    url: `http://127.0.0.1:${listener.address().port}/`,
    slowDown: (bytesPerSecond) => relayed.forEach((link) => (link.bytesPerSecond = bytesPerSecond)),
    get count() {
      return count;
    },
  };
}

async function passOn(link) {
  try {
    for await (let bytes of link.server) {
      while (bytes.length > 0) {
        const share = Math.min(bytes.length, Math.ceil((link.bytesPerSecond * TICK_MS) / 1000));
        link.client.write(bytes.subarray(0, share));
        bytes = bytes.subarray(share);
        if (link.bytesPerSecond !== Infinity) await new Promise((passed) => setTimeout(passed, TICK_MS));
      }
    }
    link.client.end();
  } catch {
    // One of the two ends has gone.
  }
}
