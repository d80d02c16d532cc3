// The release build of an x86-64 machine has OpenH264 with its assembly: without it, encoding takes 1.6 times as long.

import assert from "node:assert/strict";
import test from "node:test";

import { runProgram } from "./support/server.mjs";

test("the version says how the encoder was built", { skip: process.arch !== "x64" }, async (t) => {
  const program = runProgram(t, ["--version"]);
  await program.ended;
  assert.match(program.stdout, /OpenH264: with its assembly/);
});
