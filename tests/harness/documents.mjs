// A document store for the browser suite: a real endpoint of the Data API in a process of its own. The Rust suites have the
// same in `tests/src/documents.rs`.
//
// Where POSTGRES_URI or MONGODB_URI names a database it is the gateway in front of that, elsewhere the embedded engine
// behind HTTP. `cargo xtask test browser` builds both.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { artifacts, freePort } from "./ports.mjs";

const KEY = "the-key-of-the-tests-with-enough-characters";
const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../target", import.meta.url));
const realStore = () => Boolean(process.env.POSTGRES_URI || process.env.MONGODB_URI);

export class DocumentStore {
  #name;
  #port;
  #folder = mkdtempSync(path.join(os.tmpdir(), "voxora-documents-"));
  #database = `voxora_tests_${randomUUID().replaceAll("-", "")}`;
  #process;

  static async start(name) {
    const store = new DocumentStore();
    store.#name = name;
    store.#port = await freePort();
    await store.restart();
    return store;
  }

  /** The variables that lead a Worker here. */
  get bindings() {
    return {
      DATA_API_URL: `http://127.0.0.1:${this.#port}`,
      DATA_API_KEY: KEY,
      DATA_API_SOURCE: "tests",
      DATA_API_DATABASE: this.#database,
    };
  }

  /** Carries out an action of the Data API; gives its answer. */
  async act(action, collection, fields) {
    const body = { dataSource: "tests", database: this.#database, collection, ...fields };
    const answer = await fetch(`http://127.0.0.1:${this.#port}/action/${action}`, {
      method: "POST",
      // So that dates come as dates and can be put back.
      headers: { "content-type": "application/json", accept: "application/ejson;mode=relaxed", apikey: KEY },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** Ends the endpoint as a power cut would; what it stored stays. */
  async kill9() {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, "exit");
      process.kill(-this.#process.pid, "SIGKILL");
      await ended;
    }
  }

  /** Starts it (again), on the same port and with the same documents. */
  async restart() {
    await this.kill9();
    const [built, command, environment] = this.#program();
    if (!existsSync(built)) throw new Error(`There is no ${built}. \`cargo xtask test browser\` builds it.`);
    mkdirSync(artifacts, { recursive: true });
    this.#process = spawn(command[0], command.slice(1), {
      stdio: ["pipe", "ignore", "pipe"],
      detached: true,
      env: { ...process.env, ...environment },
    });
    this.#process.stderr.pipe(createWriteStream(path.join(artifacts, `${this.#name}-documents.log`), { flags: "a" }));
    while (!(await this.#listens())) {
      if (this.#process.exitCode !== null) throw new Error(`The document store ended; see tests/artifacts/${this.#name}-documents.log`);
    }
  }

  /** What must have been built, how to start it so that it ends when standard input does, and its environment. */
  #program() {
    if (realStore()) {
      const gateway = path.join(target, "debug/voxora-gateway");
      const untilInputEnds = '"$@" </dev/null & child=$!; read -r _; kill -9 $child';
      const command = ["sh", "-c", untilInputEnds, "sh", gateway, "--listen", `127.0.0.1:${this.#port}`];
      return [gateway, command, { GATEWAY_KEYS: `tests:write:${KEY}` }];
    }
    const serve = path.join(target, "debug/examples/serve");
    return [serve, [serve, "--port", String(this.#port), "--key", KEY, "--folder", this.#folder], {}];
  }

  async #listens() {
    const socket = connect(this.#port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return false;
    } finally {
      socket.destroy();
    }
  }

  async stop() {
    await this.kill9();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
