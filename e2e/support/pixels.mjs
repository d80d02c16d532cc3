/**
 * What is on the page: its picture, read as pixels, and what it says of itself.
 *
 * `page` is a page of playwright or of puppeteer; both evaluate an expression given as a string.
 */

import assert from "node:assert/strict";

import { readFrameClock } from "../frame-clock.mjs";
import { PATIENCE_MS, until } from "./until.mjs";

/** Where our page shows its picture. Runs in the page. */
const stage = () => document.querySelector(".stage > canvas, .stage > video");

/**
 * The picture that an element shows now; null while there is none. Runs in the page.
 * `ageMs` is from the capture to now, on the one clock that server and browser share here.
 */
function readPicture(readClock, find) {
  const surface = find();
  if (!surface) return null;
  const width = surface.videoWidth ?? surface.width;
  const height = surface.videoHeight ?? surface.height;
  if (!width || !height) return null;
  const top = Math.ceil(height / 11);
  const reader = (globalThis.pictureReader ??= new OffscreenCanvas(1, 1));
  if (reader.width !== width || reader.height !== top) Object.assign(reader, { width, height: top });
  const context = reader.getContext("2d", { willReadFrequently: true });
  context.drawImage(surface, 0, 0, width, top, 0, 0, width, top);
  const now = Date.now();
  const clock = readClock(context.getImageData(0, 0, width, top).data, width, height, now * 1000);
  if (!clock) return null;
  return {
    surface: surface.localName,
    width,
    height,
    number: clock.number,
    ageMs: now - clock.capturedAtMicros / 1000,
  };
}

/** Each new picture that the element shows, until `count` were seen or `limitMs` have passed. Runs in the page. */
function watchPictures(readPicture, readClock, find, count, limitMs) {
  return new Promise((done) => {
    const started = performance.now();
    const seen = [];
    const look = () => {
      const picture = readPicture(readClock, find);
      const atMs = performance.now() - started;
      if (picture && picture.number !== seen.at(-1)?.number) seen.push({ ...picture, atMs });
      if (seen.length >= count || atMs > limitMs) done(seen);
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** The picture on the page now, or null. */
export const pictureOf = (page) => page.evaluate(`(${readPicture})(${readFrameClock}, ${stage})`);

/** Waits for a picture that `wanted` takes, and gives it. */
export function untilPicture(page, what, wanted = () => true, options = {}) {
  return until(
    what,
    async () => {
      const picture = await pictureOf(page);
      if (!picture) throw new Error(`no picture; ${JSON.stringify(await pageState(page))}`);
      if (!wanted(picture)) throw new Error(JSON.stringify(picture));
      return picture;
    },
    options,
  );
}

/** What the page knows of itself: state, player and figures. */
export const pageState = (page) =>
  page.evaluate(`(() => {
    const { state, player, playerReason, firstPictureMs } = window.lenscast ?? {};
    return { state, player, playerReason, firstPictureMs, ...window.lenscast?.stats() };
  })()`);

/** Waits until the page is in that state (`html[data-state]`). */
export const untilState = (page, state, options = {}) =>
  until(
    `the page is ${state}`,
    async () => {
      const now = await page.evaluate("document.documentElement.dataset.state");
      if (now !== state) throw new Error(`it is ${now}: ${await messageOf(page)}`);
      return true;
    },
    options,
  );

const MESSAGE = `[...document.querySelectorAll(".message .headline, .message .detail")].map((p) => p.textContent).join(" | ")`;
/** The words over the picture, as one line. */
export const messageOf = (page) => page.evaluate(MESSAGE);

/** Waits until the page is in that state with such words over the picture, however short that is. Runs in the page. */
function watchWords(messageOf, state, pattern, limitMs) {
  return new Promise((done, failed) => {
    const look = () => {
      if (document.documentElement.dataset.state === state && pattern.test(messageOf()))
        end(done, messageOf());
    };
    const observer = new MutationObserver(look);
    const timer = setTimeout(() => end(failed, new Error(`last: ${messageOf()}`)), limitMs);
    const end = (act, value) => {
      observer.disconnect();
      clearTimeout(timer);
      act(value);
    };
    observer.observe(document.documentElement, {
      attributes: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
    look();
  });
}

/** Waits for words over the picture in that state. A state may last for a tenth of a second only. */
export const untilSaid = (page, state, pattern) =>
  page
    .evaluate(`(${watchWords})(() => ${MESSAGE}, ${JSON.stringify(state)}, ${pattern}, ${PATIENCE_MS})`)
    .catch((error) => {
      throw new Error(`the page is ${state} and says ${pattern}: ${error.message}`);
    });

/** Pictures in the order in which the page showed them; `find` is a function that gives another element, in the page. */
export async function picturesOf(page, count, limitMs = 20_000, find = stage) {
  return page.evaluate(
    `(${watchPictures})(${readPicture}, ${readFrameClock}, ${find}, ${count}, ${limitMs})`,
  );
}

/**
 * Asserts that the page plays: many new pictures, in rising order, and (when the capture time is of now) fresh ones.
 *
 * @param {{count?: number, fresh?: boolean, ageLimitMs?: number, loop?: number, surface?: "canvas" | "video"}} [options]
 *   `fresh: false` for recorded pictures, `loop` the count of pictures of a file that begins again
 */
export async function assertPlays(page, { count = 45, fresh = true, ageLimitMs = 1000, loop, surface } = {}) {
  await untilState(page, "live");
  const isFresh = (picture) => !fresh || picture.ageMs < ageLimitMs;
  const first = await untilPicture(page, "a fresh picture", isFresh);
  if (surface) assert.equal(first.surface, surface);
  const pictures = await picturesOf(page, count);
  assert.equal(pictures.length, count, `pictures in 20 s: ${JSON.stringify(pictures.at(-1))}`);
  assertRising(pictures, loop);
  if (fresh) assertFresh(pictures, ageLimitMs);
  return pictures;
}

/** Asserts that an element plays which is not our page's: many new pictures of now, in rising order. */
export async function assertElementPlays(page, find, { count = 30, ageLimitMs = 1000 } = {}) {
  const pictures = await picturesOf(page, count, PATIENCE_MS, find);
  assert.equal(pictures.length, count, `pictures in ${PATIENCE_MS} ms: ${JSON.stringify(pictures.at(-1))}`);
  assertRising(pictures);
  assertFresh(pictures, ageLimitMs);
  return pictures;
}

/** Asserts that the pictures are of now. */
function assertFresh(pictures, ageLimitMs) {
  const ages = pictures.map((picture) => picture.ageMs).sort((a, b) => a - b);
  assert.ok(ages[0] > -20, `captured in the future: ${ages[0]} ms`);
  assert.ok(ages[Math.floor(ages.length / 2)] < ageLimitMs, `ages in ms: ${ages.map(Math.round)}`);
}

/** Asserts that no picture came after a later one; a loop goes on from its end to its beginning. */
export function assertRising(pictures, loop = 2 ** 32) {
  const numbers = pictures.map((picture) => picture.number);
  for (let at = 1; at < numbers.length; at++) {
    const forward = (numbers[at] - numbers[at - 1] + loop) % loop;
    assert.ok(forward > 0 && forward < loop / 2, `frame ${numbers[at]} after ${numbers[at - 1]}: ${numbers}`);
  }
}
