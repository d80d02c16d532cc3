/** haproxy and Caddy before the server, as their users write them: nothing but the address and time-outs. */

import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { Child } from "./child.mjs";
import { atEnd } from "./cleanup.mjs";
import { scratch } from "./ffmpeg.mjs";
import { holdPort } from "./ports.mjs";
import { Hopeless, until } from "./until.mjs";

const HAPROXY = (port, serverPort) => `
global
  maxconn 256
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 1h
frontend http
  bind 127.0.0.1:${port}
  default_backend camera
backend camera
  server lenscast 127.0.0.1:${serverPort}
`;

const CADDY = (port, serverPort) => `
{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  reverse_proxy 127.0.0.1:${serverPort}
}
`;

/** By name, what starts a proxy before that port: `(t, serverPort) => Promise<address>`. */
export const PROXIES = {
  haproxy: (t, serverPort) =>
    runProxy(
      t,
      "haproxy",
      (file) => ["-db", "-f", file],
      (port) => HAPROXY(port, serverPort),
    ),
  Caddy: (t, serverPort) =>
    runProxy(
      t,
      "caddy",
      (file) => ["run", "--config", file, "--adapter", "caddyfile"],
      (port) => CADDY(port, serverPort),
    ),
};

/** The program with this configuration, for the length of the test. */
async function runProxy(t, program, args, configuration) {
  const folder = scratch(t);
  const port = await holdPort(t);
  const file = join(folder, "configuration");
  writeFileSync(file, configuration(port));
  const env = { PATH: `${process.env.PATH}:/usr/sbin`, HOME: folder };
  const proxy = new Child(program, args(file), { env });
  atEnd(t, () => proxy.kill()); // asked to end, it would wait for its connections
  await until(`${program} listens`, async () => {
    if (!proxy.running) throw new Hopeless(`${program} has ended: ${proxy.stderr}`);
    return new Promise((done, failed) => {
      const socket = connect(port, "127.0.0.1", () => done(socket.destroy())).on("error", failed);
    });
  });
  return `http://127.0.0.1:${port}/`;
}
