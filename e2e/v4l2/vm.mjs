/**
 * The guest: Debian's kernel with our initramfs, spoken to by its second serial line.
 *
 *   boot ─ KVM? ─ it answers in time ─► Vm          run("insmod …") ─► output
 *            └─ it does not: software ──►               url: the guest's port 8000, from here
 */

import { connect } from "node:net";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Child } from "../support/child.mjs";
import { hold } from "../support/ports.mjs";
import { Hopeless, until, within } from "../support/until.mjs";

/** A kernel under KVM answers within this time or never. */
const KVM_PATIENCE_MS = 20_000;
const SOFTWARE_PATIENCE_MS = 120_000;

const KVM = ["-accel", "kvm", "-cpu", "host,arch-capabilities=off"];
const SOFTWARE = ["-accel", "tcg,thread=multi", "-cpu", "max"];

export class Vm {
  #socket;
  #held;
  #received = "";
  #busy = Promise.resolve();

  static async boot() {
    if (existsSync("/dev/kvm") && !process.env.LENSCAST_NO_KVM) {
      const vm = new Vm("KVM");
      try {
        return await vm.#start(KVM, KVM_PATIENCE_MS);
      } catch (error) {
        console.log(`KVM does not work here (${error.message.split("\n")[0]}); QEMU goes on in software\n`);
        await vm.stop();
      }
    }
    const vm = new Vm("software");
    try {
      return await vm.#start(SOFTWARE, SOFTWARE_PATIENCE_MS);
    } catch (error) {
      await vm.stop();
      throw error;
    }
  }

  constructor(how) {
    this.how = how;
    this.folder = mkdtempSync(join(tmpdir(), "lenscast-vm-"));
  }

  async #start(accelerator, patienceMs) {
    this.#held = await hold();
    const { port } = this.#held;
    this.url = `http://127.0.0.1:${port}/`;
    const line = join(this.folder, "line");
    this.qemu = new Child("qemu-system-x86_64", [
      ...accelerator,
      "-m",
      "1024",
      "-smp",
      "2",
      "-display",
      "none",
      "-monitor",
      "none",
      "-no-reboot",
      "-kernel",
      process.env.LENSCAST_KERNEL,
      "-initrd",
      join(process.env.LENSCAST_VM, "initrd.gz"),
      "-append",
      "console=ttyS0 panic=-1",
      "-netdev",
      `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-10.0.2.15:8000`,
      "-device",
      "virtio-net-pci,netdev=net",
      "-serial",
      `file:${join(this.folder, "console")}`,
      "-serial",
      `unix:${line},server=on,wait=off`,
    ]);
    this.#socket = await until("QEMU's serial line", () => {
      if (!this.qemu.running) throw new Hopeless(this.qemu.stderr || "QEMU has ended");
      return new Promise((done, failed) => {
        const socket = connect(line, () => done(socket)).on("error", failed);
      });
    });
    this.#socket
      .setEncoding("utf8")
      .on("data", (text) => (this.#received += text))
      .on("error", () => {});
    await this.#answer(patienceMs);
    return this;
  }

  /** Runs a line of shell in the guest and gives its output; a status other than 0 is an error. */
  run(line, { patienceMs = 60_000 } = {}) {
    const answer = this.#busy.then(async () => {
      this.#socket.write(`${line}\n`);
      const { output, status } = await this.#answer(patienceMs);
      if (status !== 0) throw new Error(`in the guest: ${line}: status ${status}: ${output}`);
      return output;
    });
    this.#busy = answer.catch(() => {});
    return answer;
  }

  async #answer(patienceMs) {
    const end = /^=== (\d+)\r?\n/m;
    await until(
      "an answer of the guest",
      () => {
        if (!this.qemu.running) throw new Hopeless(`QEMU has ended: ${this.qemu.stderr}\n${this.console()}`);
        return end.test(this.#received);
      },
      { patienceMs, everyMs: 20 },
    );
    const { index, 0: text, 1: status } = end.exec(this.#received);
    const output = this.#received.slice(0, index);
    this.#received = this.#received.slice(index + text.length);
    return { output: output.replaceAll("\r", ""), status: Number(status) };
  }

  /** The end of what the kernel said. */
  console() {
    return readFileSync(join(this.folder, "console"), "utf8").split("\n").slice(-20).join("\n");
  }

  async stop() {
    this.#socket?.destroy();
    if (this.qemu) await within("the end of QEMU", this.qemu.kill());
    this.#held?.release();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
