/**
 * The page in its states, on three screens, as PNG files in e2e/artifacts: to be looked at.
 *
 *   node measure/screenshots.mjs
 */

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { launchChromium } from "../support/launch.mjs";
import { untilPicture, untilState } from "../support/pixels.mjs";
import { startServer } from "../support/server.mjs";
import { holdPort } from "../support/ports.mjs";
import { until } from "../support/until.mjs";
import { script } from "./script.mjs";

const FOLDER = fileURLToPath(new URL("../artifacts/", import.meta.url));
const phone = { deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const SCREENS = {
  desktop: { viewport: { width: 1280, height: 800 } },
  portrait: { viewport: { width: 390, height: 844 }, ...phone },
  landscape: { viewport: { width: 844, height: 390 }, ...phone },
};

await script(async (t) => {
  mkdirSync(FOLDER, { recursive: true });
  const browser = await launchChromium();
  t.after(() => browser.close());
  const nobody = `tcp://127.0.0.1:${await holdPort(t)}`;
  const offline = await startServer(t, { sources: [`garden=${nobody}`] });
  const cameras = [
    "front-door=test",
    "garden=test,size=640x480",
    "garage=test,size=640x360",
    `shed=${nobody}`,
  ];
  const grid = await startServer(t, { sources: cameras });

  for (const [screen, options] of Object.entries(SCREENS)) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const save = async (name) => {
      await page.waitForTimeout(400); // transitions
      await page.screenshot({ path: `${FOLDER}${screen}-${name}.png` });
      console.log(`${screen}-${name}.png`);
    };
    const live = await startServer(t, { sources: ["front-door=test"] });

    await page.goto(live.url);
    await untilState(page, "live");
    await untilPicture(page, "a picture");
    await save("live");
    await until("the bar hides", () => page.evaluate(`document.documentElement.classList.contains("idle")`));
    await save("live-idle");
    await page.keyboard.press("i");
    await page.waitForTimeout(1500);
    await save("information");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await save("help");
    await page.keyboard.press("Escape");
    await until("the focus is back", () => page.evaluate("document.activeElement === document.body"));
    await page.keyboard.press("Space");
    await untilState(page, "paused");
    await save("paused");
    await page.keyboard.press("Space");
    await untilState(page, "live");
    await live.kill();
    await untilState(page, "gone");
    await save("server-gone");

    const silent = await startServer(t, { sources: ["door=exec:sleep 1000"] });
    await page.goto(silent.url);
    await untilState(page, "starting");
    await save("starting");
    await page.goto(offline.url);
    await until("a countdown", () => page.evaluate(`/Next try in [2-5] s/.test(document.body.innerText)`));
    await save("offline");
    await page.goto(grid.url);
    await until("tiles play", () =>
      page.evaluate(`document.querySelectorAll('.tile [data-state="live"]').length >= 2`),
    );
    await page.waitForTimeout(1200);
    await save("grid");
    await page.goto(`${offline.url}no-such-page`);
    await save("404");
    await context.close();
  }
});
