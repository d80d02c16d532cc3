/** A line a test: PASS or FAIL, with why. */
export default async function* reporter(source) {
  for await (const { type, data } of source) {
    const seconds =
      data?.details?.duration_ms === undefined ? "" : ` (${(data.details.duration_ms / 1000).toFixed(1)} s)`;
    const isFile = data?.name?.endsWith(".mjs");
    if (type === "test:pass" && !isFile) yield `PASS ${data.name}${seconds}\n`;
    if (type === "test:fail" && !isFile)
      yield `FAIL ${data.name}${seconds}\n${data.details.error.cause?.stack ?? data.details.error}\n`;
    if (
      type === "test:stderr" ||
      type === "test:stdout" ||
      (type === "test:diagnostic" && data.level === "error")
    )
      yield data.message;
  }
}
