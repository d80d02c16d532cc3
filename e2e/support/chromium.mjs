/** Chromium for tests: one for all tests of a file, since its start takes a second; each page has a context of its own. */

import { after } from "node:test";

import { atEnd } from "./cleanup.mjs";
import { launchChromium, PLAIN_HOST } from "./launch.mjs";
import { watchPage } from "./page.mjs";

export { PLAIN_HOST };

/** The page's violations of its Content-Security-Policy, where the console does not already say them. */
const REPORT_VIOLATIONS = `addEventListener("securitypolicyviolation", (event) =>
  console.error("policy violated: " + event.violatedDirective + " by " + event.blockedURI))`;

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

let browser = null;
after(async () => (await browser)?.close());

/** The browser of this file's tests. */
export function startChromium() {
  browser ??= launchChromium();
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
