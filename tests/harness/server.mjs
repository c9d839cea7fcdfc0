// The built Worker in real workerd, for the browser suite and the README's pictures. The Rust suites have the same in
// `tests/src/server.rs`.
//
// VOXORA_DOCUMENTS says where documents are kept: "embedded", the default, in the Worker's own storage; "gateway" in a
// document store that is reached over HTTP (see documents.mjs).

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { DocumentStore } from "./documents.mjs";
import { artifacts, freePort } from "./ports.mjs";

export { artifacts };
export const JWT_SECRET = "a-secret-of-the-tests-of-more-than-32-characters";
export const METRICS_TOKEN = "metrics-token-of-the-tests";
export const SETUP_TOKEN = "setup-token-of-the-tests";
export const ADMIN = { name: "Ada", email: "ada@example.com", password: "correct horse battery staple" };

/** Whether documents are kept in a store that is reached over HTTP. */
export const REMOTE_DOCUMENTS = process.env.VOXORA_DOCUMENTS === "gateway";
const script = fileURLToPath(new URL("serve.mjs", import.meta.url));

export class Server {
  #name;
  #folder = mkdtempSync(path.join(os.tmpdir(), "voxora-browser-"));
  #port;
  #process;
  #lines;
  #bindings;

  /** The document store, if it is one over HTTP. @type {DocumentStore | undefined} */
  documents;

  /**
   * Starts a server with an empty storage folder; with its first admin, unless `admin` is null. With `remoteDocuments`
   * its document store is one over HTTP in any case, so that it can be killed. `bindings` are further variables.
   */
  static async start(name, { admin = ADMIN, remoteDocuments = REMOTE_DOCUMENTS, bindings = {} } = {}) {
    const server = new Server();
    server.#name = name;
    server.#bindings = bindings;
    if (remoteDocuments) server.documents = await DocumentStore.start(name);
    server.#port = await freePort();
    await server.restart();
    if (admin) {
      const answer = await fetch(`${server.origin}/api/v1/setup`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ setupToken: SETUP_TOKEN, ...admin }),
      });
      if (!answer.ok) throw new Error(`Setting up failed: ${await answer.text()}`);
    }
    return server;
  }

  /** Where it keeps everything; gone after `stop`. */
  get folder() {
    return this.#folder;
  }

  get origin() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Ends workerd and its parent as a power cut would. */
  async kill9() {
    const { pid } = this.#process;
    const ended = once(this.#process, "exit");
    process.kill(-pid, "SIGKILL");
    await ended;
  }

  /** Starts it (again), on the same port and with the same storage. */
  async restart() {
    const options = {
      port: this.#port,
      persist: path.join(this.#folder, "state"),
      bindings: {
        JWT_SECRET,
        METRICS_TOKEN,
        SETUP_TOKEN,
        // Links in mails begin with it.
        PUBLIC_URL: this.origin,
        ...this.documents?.bindings,
        ...this.#bindings,
      },
      // Many people in these tests sign in from one address.
      rateLimit: 1_000_000,
    };
    const temporary = path.join(this.#folder, "tmp");
    mkdirSync(temporary, { recursive: true });
    mkdirSync(artifacts, { recursive: true });
    const child = spawn(process.execPath, [script, JSON.stringify(options)], {
      stdio: ["pipe", "pipe", "pipe"],
      // A process group of its own, so that one signal ends workerd and its parent at once.
      detached: true,
      env: { ...process.env, TMPDIR: temporary, WRANGLER_SEND_METRICS: "false" },
    });
    child.stderr.pipe(createWriteStream(path.join(artifacts, `${this.#name}.log`), { flags: "a" }));
    this.#process = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await this.#lines.next();
    if (!value?.startsWith('{"ready":')) {
      child.kill("SIGKILL");
      throw new Error(`The server did not start; see tests/artifacts/${this.#name}.log`);
    }
  }

  /** Reads an object's database as it is on disk; gives the rows, each as an array. */
  async rows(className, name, query) {
    this.#process.stdin.write(`${JSON.stringify({ rows: { class: className, name, query } })}\n`);
    const { value } = await this.#lines.next();
    return JSON.parse(value).rows;
  }

  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, "exit");
      this.#process.stdin.end();
      await ended;
    }
    await this.documents?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
