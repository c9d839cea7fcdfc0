// schemathesis against the built Worker, as an admin, an agent and a visitor: `node tests/contract/run.mjs`, after
// `cargo xtask worker`. VOXORA_SCHEMATHESIS is the program; VOXORA_SEED repeats a run; words as arguments are handed on, for
// example `--include-operation-id conversations.list`.
//
// What is tested is in schemathesis.toml, and what it must be told about this product in hooks.py.

import { createHmac, randomInt } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { ADMIN, JWT_SECRET, METRICS_TOKEN, SETUP_TOKEN, Server } from "../harness/server.mjs";

const seed = process.env.VOXORA_SEED ?? String(randomInt(2 ** 32));
const folder = import.meta.dirname;

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
const bindings = { METRICS_TOKEN, ROOM_SENDS_PER_SECOND: "100000", ROOM_SEND_BURST: "100000" };
const server = await Server.start("schemathesis", { bindings });
let failed = 0;
try {
  const { origin } = server;
  const admin = await post(origin, "auth/login", ADMIN);
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
  for (const [person, token] of Object.entries(people)) {
    console.log(`\n==> As ${person}`);
    const child = spawn(
      process.env.VOXORA_SCHEMATHESIS ?? "schemathesis",
      [
        "--config-file",
        path.join(folder, "schemathesis.toml"),
        "run",
        path.join(folder, "../../docs/openapi.json"),
        ...["--url", origin, "--seed", seed, "--no-color"],
        ...process.argv.slice(2),
      ],
      {
        // What it keeps between runs would make one depend on the one before.
        cwd: server.folder,
        stdio: ["ignore", "inherit", "inherit"],
        env: {
          ...process.env,
          PYTHONPATH: folder,
          PYTHONDONTWRITEBYTECODE: "1",
          SCHEMATHESIS_HOOKS: "hooks",
          CONTRACT_TOKEN: token,
          CONTRACT_METRICS_TOKEN: METRICS_TOKEN,
          CONTRACT_SETUP_TOKEN: SETUP_TOKEN,
          CONTRACT_CONVERSATION: conversation.conversation.id,
          CONTRACT_USER: admin.user.id,
        },
      },
    );
    const [code] = await once(child, "exit");
    if (code !== 0) failed += 1;
  }
} finally {
  await server.stop();
}
process.exitCode = failed === 0 ? 0 : 1;
