// Once somebody has a password: the page asks for it, a signed link plays on a foreign page, and a page of a stranger gets nothing.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";

import { openInChromium, startChromium } from "./support/chromium.mjs";
import { scratch } from "./support/ffmpeg.mjs";
import { componentHtml, foreignHtml, foreignPage } from "./support/foreign.mjs";
import { assertPlays } from "./support/pixels.mjs";
import { PROGRAM, SMALL, startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

const PASSWORD = "correct horse";

/** What the console says of refusals. */
const REFUSALS = [/401|403|WebSocket|CORS|Failed to load/];

test("a lock on the door", async (t) => {
  const state = scratch(t);
  const lenscast = (args, input) =>
    execFileSync(PROGRAM, [...args, "--state", state], { input, encoding: "utf8" }).trim();
  lenscast(["user", "add", "anna", "--may", "admin"], `${PASSWORD}\n`);
  const server = await startServer(t, { sources: [`door=${SMALL}`], args: ["--state", state] });
  const browser = await startChromium();
  const address = `${server.url}cam/door/?player=mse`;

  await t.test(
    "the page asks for a password, and its cookie is of no use to a stranger's page",
    async (t) => {
      const page = await openInChromium(t, browser, address, { expected: REFUSALS });
      const typed = async (password) => {
        await page.fill("input[name=name]", "anna");
        await page.fill("input[name=password]", password);
        await page.click("button");
      };
      assert.equal(await page.textContent("h1"), "Log in");
      await typed("wrong password");
      await page.waitForSelector("text=The name or the password is wrong.");
      await typed(PASSWORD);
      await assertPlays(page, { count: 20, surface: "video" });
      assert.equal(page.url(), address);

      // Another port of the same host: the browser sends the cookie.
      page.watch.foreign = () => [];
      await page.goto(await foreignPage(t, foreignHtml("<h1>Somebody else's</h1>")));
      const outcome = await page.evaluate(
        ([socket, picture]) =>
          Promise.all([
            new Promise((resolve) => {
              const connection = new WebSocket(socket, "lenscast.v1");
              connection.onopen = () => resolve("open");
              connection.onerror = () => resolve("refused");
            }),
            fetch(picture, { credentials: "include" }).then(
              () => "read",
              () => "not read",
            ),
          ]),
        [server.ws("cam/door/ws/live"), `${server.url}cam/door/snapshot.jpg`],
      );
      assert.deepEqual(outcome, ["refused", "not read"]);
    },
  );

  await t.test("a link plays on a foreign page until it is revoked", async (t) => {
    const token = lenscast(["link", "door", "--name", "tablet"]);
    const source = `${server.url}cam/door/`;
    const url = await foreignPage(t, componentHtml(server.url, `src="${source}" token="${token}"`));
    const page = await openInChromium(t, browser, url, { expected: REFUSALS });
    page.watch.foreign = () => []; // the camera is
    const stateOf = () => page.getAttribute("lenscast-player", "state");
    await until("it plays", async () => (await stateOf()) === "live");
    lenscast(["link", "--revoke", "tablet"]);
    await until("it asks for a password", async () => (await stateOf()) === "password");
  });
});
