/**
 * Runs the tests: first several files side by side, then those that measure time, alone, one after the other. Which these
 * are, their names say: `*.alone.test.mjs`. Prints the slowest tests at the end.
 *
 *   node run.mjs                  all
 *   node run.mjs stall nginx      the files whose names contain one of these words
 *
 * LENSCAST_E2E_JOBS is how many files run side by side; as many as there are processors if it is not set. With more, browsers
 * fall behind so far that they skip and seek, which is not what the tests are about.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** No file takes this long unless one of its tests hangs; node takes the limit for both. */
const TIMEOUT_MS = 600_000;
const SLOWEST = 20;
/** More browsers than this want more memory than machines have. */
const JOBS_LIMIT = 6;

const here = fileURLToPath(new URL(".", import.meta.url));
const words = process.argv.slice(2);
const files = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs"))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)));
const jobs = Number(process.env.LENSCAST_E2E_JOBS) || Math.min(availableParallelism(), JOBS_LIMIT);
const groups = [
  { jobs, files: files.filter((name) => !name.endsWith(".alone.test.mjs")) },
  { jobs: 1, files: files.filter((name) => name.endsWith(".alone.test.mjs")) },
];

/** The environment without proxies: everything here is on this machine. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)));

const folder = mkdtempSync(join(tmpdir(), "lenscast-durations-"));
const tests = [];
let failed = files.length === 0;
for (const [number, { jobs, files }] of groups.entries()) {
  if (files.length === 0) continue;
  const durations = join(folder, String(number));
  const begun = performance.now();
  const { status } = spawnSync(
    process.execPath,
    [
      "--test",
      `--test-concurrency=${jobs}`,
      `--test-timeout=${TIMEOUT_MS}`,
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=./support/durations.mjs",
      `--test-reporter-destination=${durations}`,
      ...files,
    ],
    { cwd: here, env, stdio: "inherit" },
  );
  failed ||= status !== 0;
  console.log(
    `${files.length} files, ${jobs} side by side: ${((performance.now() - begun) / 1000).toFixed(0)} s\n`,
  );
  tests.push(
    ...readFileSync(durations, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
}
rmSync(folder, { recursive: true });

console.log(`the slowest of ${tests.length} tests, in seconds:`);
for (const { file, name, ms } of tests.sort((a, b) => b.ms - a.ms).slice(0, SLOWEST)) {
  console.log(`${(ms / 1000).toFixed(1).padStart(6)}  ${file}: ${name}`);
}
process.exitCode = failed ? 1 : 0;
