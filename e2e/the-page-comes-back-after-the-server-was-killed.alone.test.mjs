import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { SERVER_GONE } from "./support/page.mjs";
import { assertPlays, messageOf, pageState, untilPicture, untilState } from "./support/pixels.mjs";
import { holdPort } from "./support/ports.mjs";
import { startServer } from "./support/server.mjs";

for (const player of ["webcodecs", "mse"]) {
  test(`the ${player} page comes back by itself after the server was killed`, async (t) => {
    const port = await holdPort(t);
    let server = await startServer(t, { port });
    const browser = await startChromium();
    const page = await openInChromium(t, browser, `${server.url}?player=${player}`, {
      expected: [SERVER_GONE],
    });
    await assertPlays(page);

    for (const time of ["first", "second"]) {
      await server.kill();
      await untilState(page, "gone");
      assert.match(
        await messageOf(page),
        /^Server not reachable \| .*The picture returns when the server answers again\.$/,
      );

      // A new server has a new clock and counts its frames from 0 again.
      server = await startServer(t, { port });
      const listening = Date.now();
      const picture = await untilPicture(
        page,
        "a picture of the new server",
        ({ ageMs }) => Date.now() - ageMs > listening,
        { everyMs: 5 },
      );
      const backMs = Date.now() - listening;
      t.diagnostic(
        `${player}, ${time} time: a picture ${backMs} ms after the server listens, ${Math.round(picture.ageMs)} ms old`,
      );
      assert.ok(backMs < 3000, `back after ${backMs} ms`);
      await untilState(page, "live");
      await assertPlays(page, { count: 20 });
      assert.equal((await pageState(page)).player, player);
    }
  });
}
