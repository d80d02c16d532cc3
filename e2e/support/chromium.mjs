/** Chromium of the distribution, driven by playwright-core; a new profile each time. */

import { chromium } from "playwright-core";

import { atEnd } from "./cleanup.mjs";
import { watchPage } from "./page.mjs";

/** A host name that is this machine, so that a page on it is on plain http and not on localhost. */
export const PLAIN_HOST = "cam.test";

/** The page's violations of its Content-Security-Policy, where the console does not already say them. */
const REPORT_VIOLATIONS = `addEventListener("securitypolicyviolation", (event) =>
  console.error("policy violated: " + event.violatedDirective + " by " + event.blockedURI))`;

export function launchChromium() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
      `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
    ],
  });
}

/**
 * Takes H.264 from a page, as in a Chromium built without it: WebCodecs and Media Source Extensions say no to avc1. The
 * distribution's Chromium has no switch for that, so the two questions a page can ask are answered otherwise.
 */
export const WITHOUT_H264 = `(() => {
  const isH264 = (text) => /avc[13]\\./.test(text);
  const asked = VideoDecoder.isConfigSupported.bind(VideoDecoder);
  VideoDecoder.isConfigSupported = async (config) => isH264(config.codec) ? { supported: false, config } : asked(config);
  const supported = MediaSource.isTypeSupported.bind(MediaSource);
  MediaSource.isTypeSupported = (type) => !isH264(type) && supported(type);
})()`;

/** A browser for the length of the test. */
export async function startChromium(t) {
  const browser = await launchChromium();
  atEnd(t, () => browser.close());
  return browser;
}

/**
 * A page of a context of its own, at `url`, under watch; `init` is a script that runs before its own.
 * @returns {Promise<import("playwright-core").Page & {watch: ReturnType<typeof watchPage>}>}
 */
export async function openInChromium(t, browser, url, { expected, init, ...context } = {}) {
  const own = await browser.newContext({ viewport: { width: 1280, height: 720 }, ...context });
  atEnd(t, () => own.close());
  const page = await own.newPage();
  page.watch = watchPage(t, page, { expected });
  await page.addInitScript(REPORT_VIOLATIONS);
  if (init) await page.addInitScript(init);
  await page.goto(url);
  return page;
}
