/** axe-core, which looks for what keeps people out of a page. It is MPL-2.0 and used by tests alone; nothing of it is shipped. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The violations on a page, each with its first element. */
export async function violationsOf(page) {
  await page.evaluate(AXE);
  return page.evaluate(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.map(({ id, help, nodes }) => id + ": " + help + ": " + nodes[0].html.slice(0, 200) + " " + nodes[0].failureSummary))`);
}
