/** Starts Chromium of the distribution by playwright-core, with a new profile. */

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { chromium } from "playwright-core";

/** A host name that is this machine, so that a page on it is on plain http and not on localhost. */
export const PLAIN_HOST = "cam.test";

/** A browser, which whoever asks for it closes. `home` is its user's home folder, `hosts` more names that are this machine. */
export function launchChromium({ home, hosts = [] } = {}) {
  return chromium.launch({
    env: home ? { ...process.env, HOME: home } : process.env,
    executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=${[PLAIN_HOST, ...hosts].map((host) => `MAP ${host} 127.0.0.1`).join(", ")}`,
    ],
  });
}

/** Has a user whose home folder is `home` trust an authority: `certificate` is that of the authority, in PEM. */
export function trust(home, certificate) {
  const database = join(home, ".pki/nssdb");
  mkdirSync(database, { recursive: true });
  writeFileSync(join(home, "ca.crt"), certificate);
  const certutil = (...words) => execFileSync("certutil", ["-d", `sql:${database}`, ...words]);
  certutil("-N", "--empty-password");
  certutil("-A", "-n", "authority", "-t", "C,,", "-i", join(home, "ca.crt"));
}
