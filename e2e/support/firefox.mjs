/** Firefox ESR of the distribution, driven by puppeteer-core over WebDriver BiDi; a new profile each time. */

import { launch } from "puppeteer-core";

import { atEnd } from "./cleanup.mjs";
import { watchPage } from "./page.mjs";

export async function startFirefox(t) {
  const browser = await launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX_BIN ?? "/usr/bin/firefox-esr",
    headless: true,
  });
  atEnd(t, () => browser.close());
  return browser;
}

/** A page at `url`, under watch. */
export async function openInFirefox(t, browser, url, { expected } = {}) {
  const page = await browser.newPage();
  atEnd(t, () => page.close());
  page.watch = watchPage(t, page, { expected });
  await page.goto(url);
  return page;
}
