// schemathesis against the built Worker, as an admin, an agent and a visitor: `node tests/contract/run.mjs`, after
// `cargo xtask worker`. VOXORA_SCHEMATHESIS is the program; VOXORA_SEED repeats a run; words as arguments are handed on, for
// example `--include-operation-id conversations.list`.
//
// What is tested is in schemathesis.toml, and what it must be told about this product in hooks.py.

import { createHmac, randomInt } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";

import { ADMIN, JWT_SECRET, METRICS_TOKEN, SETUP_TOKEN, Server } from "../harness/server.mjs";

const seed = process.env.VOXORA_SEED ?? String(randomInt(2 ** 32));
const folder = import.meta.dirname;
const document = path.join(folder, "../../docs/openapi.json");

/** The token with other claims, signed anew. */
function resigned(token, change) {
  const [header, payload] = token.split(".");
  const claims = { ...JSON.parse(Buffer.from(payload, "base64url")), ...change };
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
  return `${signed}.${createHmac("sha256", JWT_SECRET).update(signed).digest("base64url")}`;
}

async function post(origin, route, body, token) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${origin}/api/v1/${route}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${route}: ${await answer.text()}`);
  return answer.json();
}

// Nobody's requests are so many that a limit would answer instead of what is tested.
const bindings = { ROOM_SENDS_PER_SECOND: "100000", ROOM_SEND_BURST: "100000" };
const server = await Server.start("schemathesis", { bindings });
const failed = [];
try {
  const { origin } = server;
  const { email, password } = ADMIN;
  const admin = await post(origin, "auth/login", { email, password });
  const visitor = await post(origin, "widget/session", {});
  const conversation = await post(
    origin,
    "conversations",
    { clientId: "schemathesis", text: "Hello?" },
    visitor.accessToken,
  );
  const people = {
    admin: admin.accessToken,
    agent: resigned(admin.accessToken, { role: "agent" }),
    visitor: visitor.accessToken,
  };
  console.log(`VOXORA_SEED=${seed}`);
  const environment = {
    ...process.env,
    PYTHONPATH: folder,
    PYTHONDONTWRITEBYTECODE: "1",
    SCHEMATHESIS_HOOKS: "hooks",
    CONTRACT_SEED: seed,
    CONTRACT_METRICS_TOKEN: METRICS_TOKEN,
    CONTRACT_CONVERSATION: conversation.conversation.id,
    CONTRACT_USER: admin.user.id,
  };
  const runs = Object.entries(people).map(async ([person, token]) => {
    const cwd = path.join(server.folder, person);
    mkdirSync(cwd);
    const child = spawn(
      process.env.VOXORA_SCHEMATHESIS ?? "schemathesis",
      [
        ...["--config-file", path.join(folder, "schemathesis.toml"), "run", document],
        ...["--url", origin, "--seed", seed, "--no-color", ...process.argv.slice(2)],
      ],
      // What it keeps between runs would make one depend on the one before.
      { cwd, stdio: ["ignore", "pipe", "inherit"], env: { ...environment, CONTRACT_TOKEN: token } },
    );
    const [report, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
    console.log(`\n==> As ${person}\n${report}`);
    if (code !== 0) failed.push(person);
  });
  await Promise.all(runs);
} finally {
  await server.stop();
}
if (failed.length > 0) {
  console.log(`Answers that the contract does not know, as ${failed.join(", ")}. VOXORA_SEED=${seed} repeats this run.`);
  process.exitCode = 1;
}
