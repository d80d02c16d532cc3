/**
 * The program under test, as its user starts it.
 *
 *   const server = await startServer(t, { sources: ["test,size=320x180"] });
 *   server.url            "http://127.0.0.1:40123/"
 *   await server.stop()   SIGINT, and the exit code must be 0; done by itself at the end of the test
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

import { Child } from "./child.mjs";
import { atEnd } from "./cleanup.mjs";
import { Hopeless, until } from "./until.mjs";

/** The program: `LENSCAST_BIN`, else the release build beside this folder. */
export const PROGRAM =
  process.env.LENSCAST_BIN ?? fileURLToPath(new URL("../../target/release/lenscast", import.meta.url));

/** A small picture: what these tests look at is not its size, and the browsers decode without hardware. */
export const SMALL = "test,size=640x360";

/**
 * What the program gets of this process's environment: whatever else the shell had, such as RUST_LOG, is nothing to a test. Nor is
 * what a Lenscast of this user keeps, such as passwords.
 */
const ENVIRONMENT = {
  ...Object.fromEntries(
    ["HOME", "PATH", "TMPDIR"].filter((name) => name in process.env).map((name) => [name, process.env[name]]),
  ),
  XDG_STATE_HOME: "/nonexistent",
};

export class Server extends Child {
  /** @type {string} */
  url;

  get port() {
    return Number(new URL(this.url).port);
  }

  /** Address below the server with the scheme of WebSockets. */
  ws(path) {
    return new URL(path, this.url.replace("http", "ws")).href;
  }

  /** Ports of a classic system's page and WebSocket, as the program says them. */
  classic(system) {
    const [, page, socket] = this.stdout.match(
      new RegExp(`^${system}: its page on port (\\d+), its WebSocket on port (\\d+)$`, "m"),
    );
    return { page: `http://127.0.0.1:${page}/`, port: Number(socket), socket: `ws://127.0.0.1:${socket}/` };
  }

  async status() {
    const response = await fetch(new URL("api/v1/status", this.url));
    return response.json();
  }

  /** Waits until the status of the first camera is as wanted, and gives it. */
  async untilCamera(what, wanted) {
    return until(what, async () => {
      const camera = (await this.status()).cameras[0];
      if (!wanted(camera)) throw new Error(JSON.stringify(camera));
      return camera;
    });
  }

  /** Ctrl-C. */
  async stop() {
    const { code, signal } = await super.stop("SIGINT");
    assert.deepEqual(
      { code, signal },
      { code: 0, signal: null },
      `the server ends with exit code 0\n${this.stderr}`,
    );
  }
}

/**
 * The arguments, without RTSP, which is on by default, unless a test asks for a port for it.
 * @param {string[]} args
 */
const withoutRtsp = (args) => (args.includes("--rtsp") ? args : ["--rtsp", "off", ...args]);

/**
 * Runs the program with these arguments and nothing else.
 * @param {import("node:test").TestContext} t
 */
export function runProgram(t, args, options = {}) {
  const server = new Server(PROGRAM, args, { env: { ...ENVIRONMENT, RUST_LOG: "" }, ...options });
  atEnd(t, () => server.kill());
  return server;
}

/**
 * Starts a server and waits until it says where it listens.
 *
 * @param {import("node:test").TestContext} t at its end the server is stopped, and must end well
 * @param {{sources?: string[], port?: number, stdin?: boolean, env?: Record<string, string>, args?: string[]}} [options]
 */
export async function startServer(
  t,
  { sources = [SMALL], port = 0, stdin = false, env = {}, args: more = [] } = {},
) {
  const args = [
    ...sources.flatMap((source) => ["--source", source]),
    "--listen",
    `127.0.0.1:${port}`,
    ...more,
  ];
  const stdio = [stdin ? "pipe" : "ignore", "pipe", "pipe"];
  const server = new Server(PROGRAM, withoutRtsp(args), { stdio, env: { ...ENVIRONMENT, ...env } });
  atEnd(t, async () => {
    if (server.running && !server.mayFail) await server.stop();
    await server.kill();
  });
  server.url = await until(
    "the server says where it listens",
    () => {
      const url = server.stdout.match(/http:\/\/\S+/)?.[0];
      if (!url && !server.running) throw new Hopeless(`it has ended: ${server.stderr}`);
      return url;
    },
    { everyMs: 5 },
  );
  return server;
}
