/**
 * A reporter of node's test runner that writes one line of JSON for each test without tests inside: its file, its name and
 * how long it took. `run.mjs` prints the slowest of them.
 */

export default async function* durations(events) {
  /** Names of the tests that are under way, by how deep they stand, and how deep the test stood that ended last. */
  const names = [];
  let ended = { file: undefined, nesting: 0 };
  for await (const { type, data } of events) {
    if (type === "test:start") names[data.nesting] = data.name;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { file, nesting, details } = data;
    const hasTestsInside = ended.file === file && ended.nesting > nesting;
    ended = { file, nesting };
    if (hasTestsInside) continue;
    names[nesting] = data.name;
    const name = names.slice(0, nesting + 1).join(": ");
    yield `${JSON.stringify({ file: file?.split("/").at(-1), name, ms: Math.round(details.duration_ms) })}\n`;
  }
}
