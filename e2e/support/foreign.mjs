/** A page of somebody else's, on an origin of its own, with our pictures in it. */

import { createServer } from "node:http";

import { atEnd } from "./cleanup.mjs";

/** Serves this text at every address. @returns {Promise<string>} http://127.0.0.1:PORT/ */
export async function foreignPage(t, text) {
  const outer = createServer((_, response) => response.setHeader("content-type", "text/html").end(text));
  await new Promise((done) => outer.listen(0, "127.0.0.1", done));
  atEnd(t, () => {
    outer.closeAllConnections();
    outer.close();
  });
  return `http://127.0.0.1:${outer.address().port}/`;
}

/** Such a page with this in its body. */
export const foreignHtml = (body) =>
  `<!doctype html><meta charset="utf-8"><title>My page</title><link rel="icon" href="data:,">${body}`;

/** The web component of a server, with these attributes. */
export const componentHtml = (server, attributes = "") =>
  foreignHtml(`<script type="module" src="${server}player.js"></script>
  <h1>My page</h1><lenscast-player style="width: 640px" ${attributes}></lenscast-player>`);
