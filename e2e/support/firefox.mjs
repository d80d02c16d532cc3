/** Firefox ESR of the distribution, driven by puppeteer-core over WebDriver BiDi: one for all tests of a file, with a new profile. */

import { after } from "node:test";

import { launch } from "puppeteer-core";

import { atEnd } from "./cleanup.mjs";
import { watchPage } from "./page.mjs";

let browser = null;
after(async () => (await browser)?.close());

/** The browser of this file's tests. */
export function startFirefox() {
  browser ??= launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX_BIN ?? "/usr/bin/firefox-esr",
    headless: true,
  });
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
