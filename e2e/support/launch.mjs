/** Starts Chromium of the distribution by playwright-core, with a new profile. */

import { chromium } from "playwright-core";

/** A host name that is this machine, so that a page on it is on plain http and not on localhost. */
export const PLAIN_HOST = "cam.test";

/** A browser, which whoever asks for it closes. */
export function launchChromium() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
    ],
  });
}
