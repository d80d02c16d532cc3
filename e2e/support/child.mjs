/** A child process whose output is kept, and which is gone when the test is over. */

import { spawn } from "node:child_process";

import { within } from "./until.mjs";

export class Child {
  /** @type {import("node:child_process").ChildProcess} */
  process;
  stdout = "";
  stderr = "";
  /** Resolves to `{ code, signal }`. */
  ended;

  /** With `binary` the standard output is left to others. */
  constructor(program, args, { binary = false, ...options } = {}) {
    this.name = program.split("/").at(-1);
    this.process = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    if (!binary) this.process.stdout?.setEncoding("utf8").on("data", (text) => (this.stdout += text));
    this.process.stderr?.setEncoding("utf8").on("data", (text) => (this.stderr += text));
    this.process.stdin?.on("error", () => {}); // it left while something was being written to it
    this.ended = new Promise((done) => {
      this.process.on("error", (error) => {
        this.stderr += `${error.message}\n`;
        done({ code: null, signal: null });
      });
      this.process.on("close", (code, signal) => done({ code, signal }));
    });
  }

  get running() {
    return (
      this.process.pid !== undefined && this.process.exitCode === null && this.process.signalCode === null
    );
  }

  signal(name) {
    if (this.running) this.process.kill(name);
  }

  /** Sends the signal and waits for the end. */
  async stop(signal = "SIGTERM") {
    this.signal(signal);
    try {
      return await within(`the end of ${this.name} after ${signal}`, this.ended, 10_000);
    } catch (error) {
      this.signal("SIGKILL");
      throw error;
    }
  }

  /** For `after` hooks: gone whatever it takes. */
  async kill() {
    this.signal("SIGKILL");
    await this.ended;
  }
}
