/**
 * A Raspberry Pi camera: the stand-in for rpicam-vid (tests/fake_rpicam) in a folder of its own, with a script beside it.
 *
 *   const camera = fakeRpicam(t, "");
 *   camera.source                    for --source
 *   camera.searchPath                a PATH in which its program is the only one
 *   camera.behave("fail in-use")     from its next start on
 *   camera.hang()                    at once, until it is told to behave
 */

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { atEnd } from "./cleanup.mjs";
import { PROGRAM } from "./server.mjs";

export function fakeRpicam(t, script, encoder = "hardware") {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lenscast-rpicam-"));
  atEnd(t, () => fs.rmSync(folder, { recursive: true, force: true }));
  const program = path.join(folder, "rpicam-vid");
  fs.symlinkSync(path.join(path.dirname(PROGRAM), "examples", "fake-rpicam-vid"), program);
  const hung = path.join(folder, "hang");
  const hang = () => fs.writeFileSync(hung, "");
  const behave = (script) => {
    fs.writeFileSync(path.join(folder, "script"), script);
    fs.rmSync(hung, { force: true });
  };
  behave(script);
  return {
    behave,
    hang,
    searchPath: folder,
    source: `rpicam,program=${program},encoder=${encoder},size=640x360:0`,
  };
}
