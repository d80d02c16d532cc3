// Everything that ends the program before it serves: one line on standard error, and an exit code.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import test from "node:test";

import { runProgram } from "./support/server.mjs";
import { within } from "./support/until.mjs";

const source = (text) => ["--source", text, "--listen", "127.0.0.1:0"];

const CASES = [
  {
    name: "an unknown kind of source",
    args: source("webcam"),
    says: /unknown kind of source "webcam": it is one of test, rpicam, v4l2, exec, -, tcp, tcp-listen, file/,
  },
  {
    name: "a kind of a later version",
    args: source("rtmp://cam.test/"),
    says: /reads no rtmp address itself: use exec:ffmpeg -i rtmp/,
  },
  {
    name: "a command that is not there",
    args: source("exec:no-such-camera-program -o -"),
    says: /command "no-such-camera-program" is not found in PATH/,
  },
  { name: "a command with an open quote", args: source("exec:cat 'clip"), says: /with its quotes closed/ },
  {
    name: "a file that is not there",
    args: source("file:/no/such/clip.h264"),
    says: /"\/no\/such\/clip.h264" cannot be opened: No such file/,
  },
  { name: "a folder as a file", args: source("file:/"), says: /it is a folder/ },
  {
    name: "a bad size",
    args: source("test,size=641x480"),
    says: /size=641x480 of test is not allowed: it is WIDTHxHEIGHT, both even/,
  },
  {
    name: "a bad rate",
    args: source("test,rate=0"),
    says: /rate=0 of test is not allowed: it is a whole number from 1 to 120/,
  },
  {
    name: "an unknown option",
    args: source("test,colour=red"),
    says: /unknown option "colour" of test: it is one of size, rate, bitrate/,
  },
  { name: "no port to connect to", args: source("tcp://pi.local"), says: /tcp needs \/\/HOST:PORT/ },
  { name: "a bad name", args: source("Front Door=test"), says: /camera name "Front Door" is not allowed/ },
  {
    name: "one name twice",
    args: [...source("a=test"), "--source", "a=test"],
    says: /two cameras are called "a"/,
  },
  {
    name: "a bad address to listen on",
    args: ["--listen", "everywhere"],
    says: /--listen "everywhere" is not an address: it is ADDR:PORT, such as/,
  },
];

for (const { name, args, says } of CASES) {
  test(`${name}: exit code 2 and a line that says what is allowed`, async (t) => {
    const program = runProgram(t, args);
    const { code } = await within("the end", program.ended);
    assert.match(program.stderr, says);
    assert.match(program.stderr, /^lenscast: [^\n]*\n$/, "one line");
    assert.equal(program.stdout, "", "nothing was served");
    assert.equal(code, 2);
  });
}

test("an argument that does not exist: exit code 2", async (t) => {
  const program = runProgram(t, ["--sauce", "test"]);
  const { code } = await within("the end", program.ended);
  assert.match(program.stderr, /--sauce/);
  assert.equal(code, 2);
});

test("a port in use: exit code 1, and the port is named", async (t) => {
  const other = createServer();
  await new Promise((done) => other.listen(0, "127.0.0.1", done));
  t.after(() => other.close());
  const { port } = other.address();
  const program = runProgram(t, ["--listen", `127.0.0.1:${port}`]);
  const { code } = await within("the end", program.ended);
  assert.match(
    program.stderr,
    new RegExp(`port ${port} is in use by another program; --listen takes another`),
  );
  assert.match(program.stderr, /^lenscast: [^\n]*\n$/, "one line");
  assert.equal(code, 1);
});
