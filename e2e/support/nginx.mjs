/** nginx before the server, with the configuration that docs/http-api.md gives its readers. */

import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { Child } from "./child.mjs";
import { atEnd } from "./cleanup.mjs";
import { scratch } from "./ffmpeg.mjs";
import { holdPort } from "./ports.mjs";
import { Hopeless, until } from "./until.mjs";

/** The `location` block of the documentation, for a server on `port`. */
function documentedLocation(port) {
  const page = readFileSync(new URL("../../docs/http-api.md", import.meta.url), "utf8");
  const block = page.match(/```nginx\n([^]*?)```/)?.[1];
  if (!block?.includes("127.0.0.1:8000"))
    throw new Error("docs/http-api.md has no nginx block for 127.0.0.1:8000");
  return block.replace("127.0.0.1:8000", `127.0.0.1:${port}`);
}

/** @returns {Promise<string>} the address that shows the server's page: http://127.0.0.1:PORT/webcam/ */
export async function startNginx(t, serverPort) {
  const root = await runNginx(
    t,
    `location / { return 418 "outside of the prefix"; }\n${documentedLocation(serverPort)}`,
  );
  return `${root}webcam/`;
}

/**
 * nginx with these `location` blocks, for the length of the test.
 * @returns {Promise<string>} http://127.0.0.1:PORT/
 */
export async function runNginx(t, locations) {
  const folder = scratch(t);
  const port = await holdPort(t);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const config = `
    ${process.getuid() === 0 ? "user root;" : ""}
    worker_processes 1;
    pid ${folder}/nginx.pid;
    error_log stderr warn;
    events { worker_connections 256; }
    http {
      access_log off;
      ${temporary.join("\n      ")}
      server {
        listen 127.0.0.1:${port};
        ${locations}
      }
    }`;
  writeFileSync(join(folder, "nginx.conf"), config);
  const args = ["-p", folder, "-c", join(folder, "nginx.conf"), "-g", "daemon off;"];
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const nginx = new Child("nginx", args, { env });
  atEnd(t, () => nginx.stop("SIGTERM"));
  await until("nginx listens", async () => {
    if (!nginx.running) throw new Hopeless(`nginx has ended: ${nginx.stderr}`);
    return new Promise((done, failed) => {
      const socket = connect(port, "127.0.0.1", () => done(socket.destroy())).on("error", failed);
    });
  });
  return `http://127.0.0.1:${port}/`;
}
