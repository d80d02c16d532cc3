/**
 * Waiting for something to become true. Tests wait for states and never for a time: the patience here is only how
 * long a loaded machine may take before the state is said not to come.
 */

import { setTimeout as sleep } from "node:timers/promises";

/** No step of a test takes this long unless it has failed. */
export const PATIENCE_MS = 30_000;

/** What `ask` throws when asking again is of no use. */
export class Hopeless extends Error {}

/**
 * Asks again and again until the answer is truthy, and gives it.
 *
 * @template T
 * @param {string} what said when it does not come
 * @param {() => T | Promise<T>} ask an error counts as "not yet", unless it is `Hopeless`
 * @param {{patienceMs?: number, everyMs?: number}} [options]
 * @returns {Promise<T>}
 */
export async function until(what, ask, { patienceMs = PATIENCE_MS, everyMs = 50 } = {}) {
  const started = performance.now();
  let last;
  for (;;) {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = error;
    }
    if (performance.now() - started > patienceMs) {
      throw new Error(`${what}: not within ${patienceMs} ms; last: ${describe(last)}`);
    }
    await sleep(everyMs);
  }
}

/** Waits for a promise, at most `patienceMs`. */
export async function within(what, promise, patienceMs = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(value) {
  if (value instanceof Error) return value.message;
  return JSON.stringify(value) ?? String(value);
}
