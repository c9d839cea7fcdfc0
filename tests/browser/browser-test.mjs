// One browser test: a stage of its own, on the server and in the browser that all tests share. A test also fails when
// anything happened on any page that must never happen (see `Stage`), and leaves evidence in `tests/artifacts/`.

import { rmSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";

import { REMOTE_DOCUMENTS, Server, artifacts } from "../harness/server.mjs";
import { Stage, launch } from "./stage.mjs";

let running;
const sharedServer = () => (running ??= Server.start("browser"));

/** By what they let a frame of another site store. @type {Map<string, ReturnType<typeof launch>>} */
const launched = new Map();
function browser(thirdPartyStorage) {
  if (!launched.has(thirdPartyStorage)) launched.set(thirdPartyStorage, launch({ thirdPartyStorage }));
  return launched.get(thirdPartyStorage);
}

after(async () => {
  for (const started of launched.values()) await (await started).close();
  await (await running)?.stop();
});

/**
 * A test of what is read from or written to documents. It runs once more where these are in a store that is reached over
 * HTTP; all others would do the same there, and run with embedded documents alone.
 *
 * @type {typeof browserTest}
 */
export const documentsTest = (name, body, options) => register(name, body, options);

/**
 * @param {string} name
 * @param {(stage: Stage) => Promise<void>} body
 * @param {object} [options]
 * @param {{ admin?: object | null } | (() => Promise<Server>)} [options.server] A server of its own, started with these; or
 *   how to come by one that others use too.
 * @param {import("./stage.mjs").ThirdPartyStorage} [options.thirdPartyStorage]
 */
export function browserTest(name, body, options) {
  if (!REMOTE_DOCUMENTS) register(name, body, options);
}

function register(name, body, { server, thirdPartyStorage = "partitioned" } = {}) {
  test(name, async () => {
    const fileName = name.replaceAll(/\W+/g, "-");
    const shared = typeof server === "function" ? server : sharedServer;
    const own = typeof server === "object" ? await Server.start(fileName, server) : undefined;
    const stage = new Stage(await browser(thirdPartyStorage), own ?? (await shared()));
    const evidence = path.join(artifacts, fileName);
    rmSync(evidence, { recursive: true, force: true });
    try {
      await body(stage);
      stage.check();
    } catch (error) {
      await stage.keepEvidence(evidence, error);
      throw error;
    } finally {
      await stage.close();
      await own?.stop();
    }
  });
}
