// Serves the built Worker in real workerd, through Miniflare, for the black-box suites.
//
//     node tests/harness/serve.mjs '{"port":8790,"persist":"DIR","bindings":{"JWT_SECRET":"…"}}'
//
// Bindings, static assets, their headers and the Durable Objects are those of `wrangler.toml`; only secrets, variables
// and a rate limit can be set from outside. Not `wrangler dev`: its proxy would stand between client and Worker, and it
// keeps objects from hibernating.
//
// With `"documents": true` it also serves the collection objects themselves, which the Worker never does: what is posted
// to `/action/<name>` there reaches the object of the body's collection as it stands.
//
// It talks in lines of JSON. On standard output: {"ready":{"url":…,"workerd":PID,"documents":URL or null}} once, then
// one answer per command.
// On standard input: {"evict":{"class":"Room","name":"…"}} puts an object to sleep as the platform would, its sockets
// hibernating; {"act":{"action":"find","body":{…}}} carries out an action of the Data API on the collection objects;
// {"ask":{"class":"Jobs","name":"…","body":{…}}} asks an object as the Worker does, and gives its answer;
// {"rows":{"class":"Room","name":"…","query":"SELECT …"}} reads an object's database file. The Worker's own log goes to
// standard error. It ends when standard input closes, so that it never outlives whoever started it.

import childProcess from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

import { endingOf } from "./ending.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const options = { config: path.join(root, "wrangler.toml"), port: 0, bindings: {}, ...JSON.parse(process.argv[2] ?? "{}") };

const entry = path.join(path.dirname(options.config), "build", "index.js");
if (!existsSync(entry)) {
  console.error(`There is no built Worker at ${path.relative(process.cwd(), entry)}. Build it with \`cargo xtask worker\`.`);
  process.exit(2);
}

// Standard output is for whoever started this; what libraries have to say is for the log.
console.log = console.info = console.error;

// Miniflare does not say which process is its workerd, and whoever wants to kill it must know. This is the same
// `child_process` object that Miniflare calls, so the wrapper has to be in place before it is loaded.
let workerd;
const spawn = childProcess.spawn;
childProcess.spawn = (...parameters) => {
  const child = spawn(...parameters);
  if (path.basename(parameters[0]).startsWith("workerd")) workerd = child.pid;
  return child;
};

const { Log, LogLevel, Miniflare, convertV4MiniflareOptions } = await import("miniflare");
const { unstable_getMiniflareWorkerOptions: workerOptionsOf, unstable_readConfig: readConfig } = await import("wrangler");

const {
  workerOptions: { modulesRules: _unused, ...workerOptions },
  main,
} = workerOptionsOf(options.config);
// Not the `bindings` among these options: they have a developer's own `.dev.vars` in them.
const { vars } = readConfig({ config: options.config });
const build = path.dirname(main);
const modules = [
  { type: "ESModule", path: main },
  ...readdirSync(build)
    .filter((name) => name.endsWith(".wasm"))
    .map((name) => ({ type: "CompiledWasm", path: path.join(build, name) })),
];
// With `rateLimit` both kinds of limits are out of the way: those of the bindings, and the exact ones.
const limits = {};
if (options.rateLimit !== undefined) {
  for (const limit of Object.values(workerOptions.ratelimits)) limit.simple.limit = options.rateLimit;
  for (const name of ["SESSIONS_PER_ADDRESS", "STARTS_PER_VISITOR", "STARTS_PER_ADDRESS", "LOGINS_PER_ADDRESS"]) {
    limits[`LIMIT_${name}`] = `${options.rateLimit}/1`;
  }
}

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: options.port,
    // The requests' `cf` object would be fetched from the network.
    cf: false,
    log: new Log(LogLevel.WARN),
    logRequests: false,
    handleStructuredLogs: ({ message }) => process.stderr.write(`${message}\n`),
    resourcePersistencePath: options.persist,
    workers: [
      {
        ...workerOptions,
        name: "voxora",
        bindings: { ...vars, ...limits, ...options.bindings },
        modules,
        modulesRoot: build,
      },
    ],
  }),
);

/** Asks the object of a collection. */
async function askCollection(name, path, request) {
  const collections = await miniflare.getDurableObjectNamespace("COLLECTION", "voxora");
  return collections.getByName(name).fetch(`http://collection${path}`, request);
}

/** The collection objects behind a port of their own; gives its URL. */
async function serveDocuments() {
  const server = createServer(async (request, response) => {
    try {
      const body = Buffer.concat(await Array.fromAsync(request));
      const { method, url, headers: { accept, "content-type": contentType = "application/json" } } = request;
      const headers = { "content-type": contentType, ...(accept && { accept }) };
      const answer = await askCollection(collectionOf(body), url, { method, headers, body });
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") });
      response.end(await answer.text());
    } catch (error) {
      console.error(error);
      response.writeHead(500).end(String(error));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}`;
}

/** The collection a body names; where it names none, any object can say so. */
function collectionOf(body) {
  try {
    const { collection } = JSON.parse(body);
    if (typeof collection === "string" && collection !== "") return collection;
  } catch {
    // Malformed, or null: for the object to refuse.
  }
  return "settings";
}

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const end = endingOf(miniflare);

const commands = {
  evict: async ({ class: className, name, id }) => {
    await miniflare.unsafeEvictDurableObject("voxora", className, { name, id, webSockets: "hibernate" });
    return { evicted: true };
  },
  act: async ({ action, body }) => {
    const answer = await askCollection(body.collection, `/action/${action}`, {
      method: "POST",
      headers: { accept: "application/ejson;mode=relaxed" },
      body: JSON.stringify({ dataSource: "embedded", database: "voxora", ...body }),
    });
    return { status: answer.status, body: await answer.json() };
  },
  ask: async ({ class: className, name, body }) => {
    const objects = await miniflare.getDurableObjectNamespace(className.toUpperCase(), "voxora");
    const answer = await objects.getByName(name).fetch("http://object/", { method: "POST", body: JSON.stringify(body) });
    return { answer: await answer.json() };
  },
  rows: async ({ class: className, name, query }) => {
    const objects = await miniflare.getDurableObjectNamespace(className.toUpperCase(), "voxora");
    const file = path.join(options.persist, "do", `voxora-${className}`, `${objects.idFromName(name)}.sqlite`);
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return { rows: database.prepare(query).all().map(Object.values) };
    } finally {
      database.close();
    }
  },
};

try {
  const url = await miniflare.ready;
  const documents = options.documents ? await serveDocuments() : null;
  say({ ready: { url: url.origin, workerd, documents } });
} catch (error) {
  console.error(error);
  await end(1);
}

const lines = createInterface({ input: process.stdin });
lines.on("close", () => end(0));
for await (const line of lines) {
  try {
    const [[command, parameters]] = Object.entries(JSON.parse(line));
    if (!Object.hasOwn(commands, command)) throw new Error(`There is no command ${command}.`);
    say(await commands[command](parameters));
  } catch (error) {
    say({ failed: String(error) });
  }
}
