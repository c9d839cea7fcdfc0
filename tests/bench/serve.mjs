// Serves a Worker in real workerd for the benches, with nothing between the client and the Worker.
//
//     node tests/bench/serve.mjs '{"config":"wrangler.toml","persist":"DIR","bindings":{"JWT_SECRET":"…"}}'
//
// The tests' server (tests/harness/serve.mjs) goes through Miniflare's entry Worker and the assets' router, as a
// deployment does. Here both are left out, so that two Workers served by this file differ in their own code alone.
//
// Objects and bindings are those of the given configuration, the compatibility date is that of the product. `wrap`
// names a module, beside this one, that stands in front of the Worker and imports it as `./worker`.
//
// It writes {"origin":…,"workerd":VERSION,…} to standard output once, and ends when standard input closes.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from "wrangler";
import { version as workerd } from "workerd";

import { endingOf } from "../harness/ending.mjs";

const { config, persist, bindings = {}, wrap } = JSON.parse(process.argv[2]);

const {
  workerOptions: { assets: _assets, modulesRules: _rules, ...workerOptions },
  main,
} = workerOptionsOf(path.resolve(config));
const product = workerOptionsOf(fileURLToPath(new URL("../../wrangler.toml", import.meta.url))).workerOptions;
if (!existsSync(main)) {
  console.error(`There is no built Worker at ${path.relative(process.cwd(), main)}. \`cargo xtask worker\` builds it.`);
  process.exit(2);
}
const folder = path.dirname(main);
const name = "bench";
const worker = { type: "ESModule", path: "worker", contents: readFileSync(main, "utf8") };
const wasm = readdirSync(folder)
  .filter((file) => file.endsWith(".wasm"))
  .map((file) => ({ type: "CompiledWasm", path: file, contents: readFileSync(path.join(folder, file)) }));
const wrapper = wrap && {
  type: "ESModule",
  path: "wrapper",
  contents: readFileSync(fileURLToPath(new URL(wrap, import.meta.url)), "utf8"),
};

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    // The requests' `cf` object would be fetched from the network.
    cf: false,
    log: new Log(LogLevel.WARN),
    logRequests: false,
    handleStructuredLogs: ({ level, message }) => {
      if (level === "error" || level === "warn") process.stderr.write(`${message}\n`);
    },
    resourcePersistencePath: persist,
    workers: [
      {
        ...workerOptions,
        name,
        compatibilityDate: product.compatibilityDate,
        compatibilityFlags: product.compatibilityFlags,
        bindings: { ...workerOptions.bindings, ...bindings },
        modules: wrapper ? [wrapper, worker, ...wasm] : [worker, ...wasm],
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      },
    ],
  }),
);

const end = endingOf(miniflare);
process.stdin.on("close", () => end(0)).resume();

try {
  const origin = (await miniflare.unsafeGetDirectURL(name)).origin;
  // The size tells a build for release, which is what to measure, from one for development, five times as large.
  const bytes = wasm.reduce((sum, { contents }) => sum + contents.length, 0);
  const size = wasm.length > 0 ? { "the Worker's WebAssembly": `${(bytes / 1e6).toFixed(1)} MB` } : {};
  process.stdout.write(`${JSON.stringify({ origin, workerd, ...size })}\n`);
} catch (error) {
  console.error(error);
  await end(1);
}
