// Programs as their users type them, at a server that has a password: by HTTP Basic and by a link, and over HTTPS.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { scratch } from "./support/ffmpeg.mjs";
import { PROGRAM, SMALL, startServer } from "./support/server.mjs";

const PASSWORD = "correct-horse";
/** No client takes longer. */
const WITHIN_MS = 10_000;

const CURL = ["curl", "--silent", "--fail", "--output", "/dev/null"];
const ffmpeg = (...input) => ["ffmpeg", "-v", "error", ...input, "-frames:v", "3", "-f", "null", "-"];
const gstreamer = (...source) => [
  ...["gst-launch-1.0", "--quiet", "souphttpsrc", ...source, "!", "multipartdemux", "!", "jpegdec"],
  ...["!", "identity", "eos-after=3", "!", "fakesink"],
];

test("programs get in with their credentials", async (t) => {
  const state = scratch(t);
  const lenscast = (args, input) =>
    execFileSync(PROGRAM, [...args, "--state", state], { input, encoding: "utf8" }).trim();
  lenscast(["user", "add", "anna"], `${PASSWORD}\n`);
  const token = lenscast(["link", "door", "--name", "programs"]);
  const args = ["--state", state, "--tls", "self"];
  const server = await startServer(t, { sources: [`door=${SMALL}`], args });
  const secure = server.stdout.match(/https:\/\/\S+/)[0];
  const authority = join(state, "ca.crt");
  writeFileSync(authority, await (await fetch(new URL("ca.crt", server.url))).text());

  const at = (path, root = server.url) => new URL(path, root).href;
  const basic = (address, password = PASSWORD) => address.replace("://", `://anna:${password}@`);
  const [picture, film, jpegs] = ["snapshot.jpg", "stream.mp4", "stream.mjpg"].map(
    (name) => `cam/door/${name}`,
  );
  const lines = {
    "curl by Basic": [...CURL, basic(at(picture))],
    "curl by a link in the query": [...CURL, at(`${picture}?token=${token}`)],
    "curl by a link in the path": [...CURL, at(`t/${token}/${picture}`)],
    "curl by Bearer": [...CURL, "--oauth2-bearer", token, at(picture)],
    "curl by a link as the password": [...CURL, "--user", `x:${token}`, at(picture)],
    "curl over HTTPS": [...CURL, "--cacert", authority, basic(at(picture, secure))],
    "ffmpeg by Basic": ffmpeg("-i", basic(at(film))),
    "ffmpeg by a link": ffmpeg("-i", at(`t/${token}/${film}`)),
    "ffmpeg over HTTPS": ffmpeg("-ca_file", authority, "-tls_verify", "1", "-i", basic(at(film, secure))),
    "GStreamer by Basic": gstreamer(`location=${at(jpegs)}`, "user-id=anna", `user-pw=${PASSWORD}`),
    "GStreamer by a link": gstreamer(`location=${at(`${jpegs}?token=${token}`)}`),
  };
  for (const [name, line] of Object.entries(lines)) {
    await t.test(name, () => assert.deepEqual(run(line), { status: 0, stderr: "" }));
  }
  const refused = {
    "curl with nothing": [...CURL, at(picture)],
    "ffmpeg with a wrong password": ffmpeg("-i", basic(at(film), "wrong")),
    "GStreamer with nothing": gstreamer(`location=${at(jpegs)}`),
    "curl that does not trust the authority": [...CURL, basic(at(picture, secure))],
  };
  for (const [name, line] of Object.entries(refused)) {
    await t.test(`not ${name}`, () => assert.notEqual(run(line).status, 0));
  }
});

function run([program, ...args]) {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: WITHIN_MS });
  return { status, stderr };
}
