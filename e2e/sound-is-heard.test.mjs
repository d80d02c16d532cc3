// The sound of a camera on the page: muted at first, one tap, in time with the picture, and the volume is kept.

import assert from "node:assert/strict";
import test from "node:test";

import { openInChromium, PLAIN_HOST, startChromium } from "./support/chromium.mjs";
import { assertPlays, pageState } from "./support/pixels.mjs";
import { SMALL, startServer } from "./support/server.mjs";
import { until } from "./support/until.mjs";

/** Flashes and beeps that are compared. */
const SECONDS = 3;
/** What a frame and the loop that looks at the sound take, on a busy machine. */
const APART_MS = 80;

/** Keeps the node that leads to the loudspeaker: the page plays sound beside a canvas by itself. */
const TAP = `(() => {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) window.tapped ??= this;
    return connect.call(this, to, ...rest);
  };
})()`;

/**
 * Notes when the square of the test pattern becomes white and when a beep begins, in milliseconds of `performance.now()`:
 * `noted()` gives both.
 */
const LISTEN = `(() => {
  const surface = document.querySelector(".stage > canvas, .stage > video");
  const isVideo = surface instanceof HTMLVideoElement;
  const context = isVideo ? new AudioContext() : tapped.context;
  const sound = isVideo ? context.createMediaElementSource(surface) : tapped;
  const analyser = new AnalyserNode(context, { fftSize: 4096 });
  sound.connect(analyser);
  if (isVideo) analyser.connect(context.destination);
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const [flashes, beeps] = [[], []];
  let wasWhite = true;
  const look = (now) => {
    canvas.drawImage(surface, 598, 344, 1, 1, 0, 0, 1, 1);
    const isWhite = canvas.getImageData(0, 0, 1, 1).data[0] > 180;
    if (isWhite && !wasWhite) flashes.push(now);
    wasWhite = isWhite;
    next();
  };
  const next = () => (isVideo ? surface.requestVideoFrameCallback(look) : requestAnimationFrame(look));
  next();
  const samples = new Float32Array(analyser.fftSize);
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const at = samples.findIndex((sample) => Math.abs(sample) > 0.05);
    if (at < 480) return;
    const begun = performance.now() - ((samples.length - at) * 1000) / context.sampleRate;
    if (!(begun - beeps.at(-1) < 500)) beeps.push(begun);
  }, 10);
  window.noted = () => ({ flashes, beeps });
})()`;

/** How far each flash is from the nearest beep, in order. */
async function apart(page) {
  const { flashes, beeps } = await until("flashes and beeps", async () => {
    const noted = await page.evaluate("noted()");
    if (Math.min(noted.flashes.length, noted.beeps.length) < SECONDS) throw new Error(JSON.stringify(noted));
    return noted;
  });
  return flashes
    .slice(0, SECONDS)
    .map((flash) => Math.min(...beeps.map((beep) => Math.abs(beep - flash))))
    .sort((one, other) => one - other);
}

const sound = (page) => page.locator("[data-control=sound]");
const volume = (page) => page.locator(".volume");

/** Waits until the page receives sound, or no longer. */
const untilCodec = (page, pattern) =>
  until(`the codec is ${pattern}`, async () => pattern.test((await pageState(page)).codec ?? ""));

for (const [name, host] of [
  ["on plain http", PLAIN_HOST],
  ["on 127.0.0.1, beside WebCodecs", "127.0.0.1"],
]) {
  test(`sound is heard ${name}`, async (t) => {
    const server = await startServer(t, { sources: [SMALL], args: ["--audio", "test"] });
    const page = await openInChromium(t, await startChromium(), `http://${host}:${server.port}/`, {
      init: TAP,
    });
    await assertPlays(page, { count: 10 });
    const { cameras } = await server.status();
    assert.equal(
      cameras[0].tracks.some(({ kind }) => kind === "opus"),
      false,
      "a muted page makes nobody encode",
    );

    await sound(page).click();
    if (host === PLAIN_HOST) await untilCodec(page, /,Opus$/);
    else await until("sound beside WebCodecs", () => page.evaluate(`"tapped" in window`));
    await page.evaluate(LISTEN);
    const distances = await apart(page);
    assert.ok(distances[Math.floor(SECONDS / 2)] < APART_MS, `flash and beep are apart: ${distances} ms`);
    t.diagnostic(`flash to beep: ${distances.map(Math.round)} ms`);

    if (host !== PLAIN_HOST) {
      assert.equal((await pageState(page)).player, "webcodecs");
      assert.ok(await page.locator(".level").isVisible());
      await page.keyboard.press("m");
      await server.untilCamera(
        "nobody listens",
        ({ tracks }) => !tracks.some(({ kind, making }) => kind === "opus" && making),
      );
      return;
    }
    await page.keyboard.press("i");
    await until("the panel says it", async () => {
      const text = await page.locator("[data-info=sound]").textContent();
      if (text !== "in time") throw new Error(text);
      return true;
    });

    await volume(page).fill("0.5");
    await page.keyboard.press("m");
    await untilCodec(page, /^avc1\.[0-9a-f]+$/);
    await page.reload();
    await assertPlays(page, { count: 10 });
    assert.equal(await volume(page).isVisible(), false, "a page begins muted");
    await sound(page).click();
    assert.equal(await volume(page).inputValue(), "0.5");
  });
}

test("a camera without sound has no button for it", async (t) => {
  const server = await startServer(t, { sources: [SMALL] });
  const page = await openInChromium(t, await startChromium(), server.url);
  await assertPlays(page, { count: 10 });
  assert.equal(await sound(page).isVisible(), false);
});
