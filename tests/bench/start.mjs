// Starts Workers in new isolates, as often as it is asked to, all in one workerd.
//
//     node tests/bench/start.mjs '{"workers":{"hello":"FOLDER","product":"FOLDER"},"bindings":{"JWT_SECRET":"…"}}'
//
// GET /NAME/ROUND/PATH hands the request for PATH to that Worker in an isolate of that round's own, which the first request
// of a round makes: by the runtime's worker loader, as Cloudflare starts dynamic Workers. Objects are not there, only what
// is bound as text. A folder holds the `index.js` and `index_bg.wasm` of a built Worker.
//
// It writes {"origin":…,"workerd":VERSION} to standard output once, and ends when standard input closes.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from "wrangler";
import { version as workerd } from "workerd";

import { endingOf } from "../harness/ending.mjs";

const { workers, bindings } = JSON.parse(process.argv[2]);
const { compatibilityDate } = workerOptionsOf(fileURLToPath(new URL("../../wrangler.toml", import.meta.url))).workerOptions;

const files = Object.entries(workers).flatMap(([name, folder]) => {
  const [script, wasm] = ["index.js", "index_bg.wasm"].map((file) => path.join(folder, file));
  if (!existsSync(wasm)) {
    console.error(`There is no built Worker at ${folder}. \`cargo xtask bench start\` builds it.`);
    process.exit(2);
  }
  return [
    { type: "Text", path: `${name}.js.txt`, contents: readFileSync(script, "utf8") },
    { type: "Data", path: `${name}.wasm.bin`, contents: readFileSync(wasm) },
  ];
});

const names = Object.keys(workers);
const host = `
${names.map((name, place) => `import script${place} from "./${name}.js.txt"; import wasm${place} from "./${name}.wasm.bin";`).join("\n")}
const workers = { ${names.map((name, place) => `"${name}": [script${place}, wasm${place}]`).join(", ")} };

// V8 compiles equal modules once per process. A custom section of its own, which says nothing, tells each round's from all
// others: section 0, 10 bytes long, a name of 5 letters, and the round. It stands first, behind the 8 bytes that every module
// begins with: V8 finds modules by a hash of what stands before their code, and compares those that agree there byte by byte.
const HEADER = 8;
function unique(wasm, round) {
  const section = new Uint8Array(12);
  section.set([0, 10, 5, ...new TextEncoder().encode("round")]);
  new DataView(section.buffer).setUint32(8, round);
  const made = new Uint8Array(wasm);
  const bytes = new Uint8Array(made.length + section.length);
  bytes.set(made.subarray(0, HEADER));
  bytes.set(section, HEADER);
  bytes.set(made.subarray(HEADER), HEADER + section.length);
  return bytes.buffer;
}

export default {
  fetch(request, env) {
    const [, name, round, ...rest] = new URL(request.url).pathname.split("/");
    if (!workers[name]) return new Response("nothing is started");
    const [script, wasm] = workers[name];
    const stub = env.LOADER.get(name + round, async () => ({
      compatibilityDate: "${compatibilityDate}",
      mainModule: "index.js",
      modules: { "index.js": { js: script }, "index_bg.wasm": { wasm: unique(wasm, Number(round)) } },
      env: ${JSON.stringify(bindings)},
    }));
    return stub.getEntrypoint().fetch(new Request(new URL("/" + rest.join("/"), request.url)));
  },
};`;

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    // The requests' `cf` object would be fetched from the network.
    cf: false,
    log: new Log(LogLevel.WARN),
    logRequests: false,
    handleStructuredLogs: ({ level, message }) => {
      if (level === "error" || level === "warn") process.stderr.write(`${message}\n`);
    },
    workers: [
      {
        name: "host",
        compatibilityDate,
        workerLoaders: { LOADER: {} },
        modules: [{ type: "ESModule", path: "host.js", contents: host }, ...files],
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      },
    ],
  }),
);

const end = endingOf(miniflare);
process.stdin.on("close", () => end(0)).resume();

try {
  const origin = (await miniflare.unsafeGetDirectURL("host")).origin;
  process.stdout.write(`${JSON.stringify({ origin, workerd })}\n`);
} catch (error) {
  console.error(error);
  await end(1);
}
