/**
 * A page under watch, the same for both browsers: what it logs, throws and fetches is kept, and at the end of the test
 * there must have been nothing wrong and nothing from another host.
 */

import assert from "node:assert/strict";

import { atEnd } from "./cleanup.mjs";

/** What browsers log when a server is gone, whatever the page does about it. */
export const SERVER_GONE =
  /Failed to load resource|WebSocket connection to|NS_ERROR|can.t establish a connection|was interrupted while the page was loading/;

/** Watches `page`; `expected` are complaints that belong to the test. */
export function watchPage(t, page, { expected = [] } = {}) {
  const complaints = [];
  const addresses = new Set();
  page.on("console", (message) => {
    if (["error", "warning", "warn"].includes(message.type()))
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`thrown: ${error.stack ?? error.message}`));
  page.on("request", (request) => addresses.add(request.url()));
  page.on("websocket", (socket) => addresses.add(socket.url()));
  const watch = {
    complaints,
    addresses,
    /** Complaints that nobody expected. */
    unexpected: () => complaints.filter((text) => !expected.some((pattern) => pattern.test(text))),
    /** Addresses on other hosts than the page's own. */
    foreign: () => {
      const own = new URL(page.url()).host;
      return [...addresses].filter(
        (address) => !/^(blob|data|about):/.test(address) && new URL(address).host !== own,
      );
    },
  };
  atEnd(t, () => {
    assert.deepEqual(watch.unexpected(), [], "complaints in the console");
    assert.deepEqual(watch.foreign(), [], "fetched from elsewhere");
  });
  return watch;
}
