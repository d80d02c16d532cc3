/**
 * WebKitGTK's MiniBrowser, which has Safari's engine, driven over WebDriver: one for all tests of a file, with a new profile.
 *
 *   fetch ──WebDriver──► WebKitWebDriver ──► MiniBrowser ──► Xvfb, a display of its own
 *
 * Commands go to one window at a time, hence one after the other. WebDriver has no events and no scripts that run before a
 * page's own: complaints are kept from the moment the page has loaded, addresses are those of the page's own timeline.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

import { Child } from "./child.mjs";
import { atEnd } from "./cleanup.mjs";
import { hold } from "./ports.mjs";
import { Hopeless, until, within } from "./until.mjs";

const DRIVER = process.env.WEBKIT_DRIVER_BIN ?? "WebKitWebDriver";
/** No script of a test takes this long; WebDriver's own limit is 30 s. */
const SCRIPT_MS = 60_000;
/** No page takes this long to load. */
const LOAD_MS = 30_000;
/** Keeps what the page complains of. Runs in the page. */
function keepComplaints() {
  const complaints = (globalThis.complaints = []);
  for (const level of ["error", "warn"]) {
    const write = console[level];
    console[level] = (...words) => {
      complaints.push(`${level}: ${words.join(" ")}`);
      write.apply(console, words);
    };
  }
  addEventListener("error", (event) => complaints.push(`thrown: ${event.message}`));
  addEventListener("unhandledrejection", (event) => complaints.push(`rejected: ${event.reason}`));
  addEventListener("securitypolicyviolation", (event) =>
    complaints.push(`policy violated: ${event.violatedDirective} by ${event.blockedURI}`),
  );
}

/** Complaints, and addresses on other hosts that were fetched. Runs in the page. */
const WATCHED = `({
  complaints,
  foreign: performance.getEntriesByType("resource").map((entry) => entry.name)
    .filter((address) => !/^(blob|data|about):/.test(address) && new URL(address).host !== location.host),
})`;

let browser = null;
after(async () => (await browser?.catch(() => null))?.close());

/** The browser of this file's tests. */
export function startWebKit() {
  browser ??= launchWebKit();
  return browser;
}

/** Starts a display, the driver and the browser, which whoever asks for them closes. */
async function launchWebKit() {
  const profile = mkdtempSync(join(tmpdir(), "lenscast-webkit-"));
  const children = [];
  const end = async () => {
    for (const child of children.reverse()) await child.stop().catch(() => child.kill());
    rmSync(profile, { recursive: true, force: true });
  };
  try {
    const display = await startDisplay(children);
    const { port, release } = await hold();
    const driver = dependent(DRIVER, [`--port=${port}`], { env: environment(profile, display) });
    children.push(driver);
    driver.ended.then(release);
    const webkit = new WebKit(`http://127.0.0.1:${port}`, driver, end);
    await webkit.begin();
    return webkit;
  } catch (error) {
    await end();
    throw error;
  }
}

/** A program that ends with this process, even when that is killed: a browser without its display ends, too. */
const dependent = (program, args, options) =>
  new Child("setpriv", ["--pdeathsig", "TERM", program, ...args], options);

/** Starts Xvfb on a display that is free. @returns {Promise<number>} its number */
async function startDisplay(children) {
  const args = ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"];
  const xvfb = dependent("Xvfb", args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  children.push(xvfb);
  const number = once(xvfb.process.stdio[3], "data").then(([bytes]) => parseInt(bytes, 10));
  const ended = xvfb.ended.then(() => Promise.reject(new Error(`Xvfb has ended: ${xvfb.stderr}`)));
  ended.catch(() => {}); // it ends after the tests, when nobody waits any more
  return within("a display of Xvfb", Promise.race([number, ended]));
}

/** What the browser gets of this process's environment, and folders of its own; no session's bus, no screen reader. */
function environment(profile, display) {
  return {
    PATH: process.env.PATH,
    HOME: profile,
    XDG_CONFIG_HOME: profile,
    XDG_DATA_HOME: profile,
    XDG_CACHE_HOME: profile,
    XDG_RUNTIME_DIR: profile,
    DISPLAY: `:${display}`,
    GDK_BACKEND: "x11",
    GSETTINGS_BACKEND: "memory",
    NO_AT_BRIDGE: "1",
  };
}

class WebKit {
  #base;
  #driver;
  #end;
  /** The window that is there from the beginning, and stays: commands are taken in a window only. */
  #first;
  #last = Promise.resolve();

  constructor(base, driver, end) {
    this.#base = base;
    this.#driver = driver;
    this.#end = end;
  }

  async begin() {
    await until("WebKitWebDriver listens", async () => {
      if (!this.#driver.running) throw new Hopeless(`it has ended: ${this.#driver.stderr}`);
      return (await fetch(`${this.#base}/status`)).ok;
    });
    const capabilities = { alwaysMatch: { timeouts: { script: SCRIPT_MS, pageLoad: LOAD_MS } } };
    const { sessionId } = await this.#ask("POST", "/session", { capabilities });
    this.#base += `/session/${sessionId}`;
    this.#first = await this.#ask("GET", "/window");
  }

  async #ask(method, path, body) {
    const response = await fetch(this.#base + path, {
      method,
      headers: { "content-type": "application/json" },
      body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`WebKit, ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  async newPage() {
    const { handle } = await this.inWindow(this.#first, (ask) =>
      ask("POST", "/window/new", { type: "window" }),
    );
    return new WebKitPage(this, handle);
  }

  /** Runs commands in that window, when those before are done. */
  inWindow(handle, act) {
    const ask = (method, path, body) => this.#ask(method, path, body);
    const turn = this.#last.then(async () => {
      await ask("POST", "/window", { handle });
      return act(ask);
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async close() {
    await this.#ask("DELETE", "").catch(() => {});
    await this.#end();
  }
}

/** A window: what tests use of a page, as those of Chromium and Firefox have it. */
class WebKitPage {
  /** What its documents complained of, and what they fetched from other hosts. */
  complaints = [];
  foreign = [];
  #browser;
  #handle;
  #loaded = false;

  constructor(browser, handle) {
    this.#browser = browser;
    this.#handle = handle;
  }

  #in(act) {
    return this.#browser.inWindow(this.#handle, act);
  }

  async goto(url) {
    await this.collect();
    await this.#in((ask) => ask("POST", "/url", { url }));
    await this.evaluate(`(${keepComplaints})()`);
    this.#loaded = true;
  }

  /** Takes over what the document has kept until now. */
  async collect() {
    if (!this.#loaded) return;
    const { complaints, foreign } = await this.evaluate(WATCHED);
    this.complaints.push(...complaints);
    this.foreign.push(...foreign);
  }

  url() {
    return this.#in((ask) => ask("GET", "/url"));
  }

  /** The value of an expression, given as a string, or of the promise that it is. */
  async evaluate(expression) {
    const script = `const done = arguments[0];
      (async () => (${expression}))().then(
        (value) => done({ value: JSON.stringify(value) }),
        (error) => done({ error: String(error?.stack ?? error) + " " + String(error?.message) }))`;
    const { value, error } = await this.#in((ask) => ask("POST", "/execute/async", { script, args: [] }));
    if (error) throw new Error(error);
    return value === undefined || value === null ? undefined : JSON.parse(value);
  }

  /** A picture of the window, as PNG. */
  async screenshot() {
    return Buffer.from(await this.#in((ask) => ask("GET", "/screenshot")), "base64");
  }

  close() {
    return this.#in((ask) => ask("DELETE", "/window"));
  }
}

/**
 * A page at `url`, under watch as those of the other browsers are.
 * @param {{expected?: RegExp[], foreign?: boolean}} [options] complaints, and whether other hosts belong to the test
 */
export async function openInWebKit(t, browser, url, { expected = [], foreign = false } = {}) {
  const page = await browser.newPage();
  atEnd(t, () => page.close());
  await page.goto(url);
  atEnd(t, async () => {
    await page.collect();
    const unexpected = page.complaints.filter((text) => !expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(unexpected, [], "complaints in the console");
    if (!foreign) assert.deepEqual(page.foreign, [], "fetched from elsewhere");
  });
  return page;
}
