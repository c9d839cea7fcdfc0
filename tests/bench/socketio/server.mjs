// The usual way to build a chat: Socket.IO with its Redis adapter, as its documentation sets it up, and a database that
// has the message before anyone else does. WebSocket is the only transport, as clients that can do it end up there.
//
//     node tests/bench/socketio/server.mjs '{"persist":"DIR"}'
//
// It starts a redis-server of its own on a free port of the loopback interface, writes {"origin":…} to standard output
// once, and ends, with Redis, when standard input closes.

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import net from "node:net";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const { persist } = JSON.parse(process.argv[2]);
mkdirSync(persist, { recursive: true });

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

const redisPort = await freePort();
const redis = spawn(
  "redis-server",
  ["--bind", "127.0.0.1", "--port", `${redisPort}`, "--save", "", "--appendonly", "no", "--dir", persist],
  { stdio: ["ignore", "ignore", "inherit"] },
);
let ending = false;
function end(code) {
  if (ending) return;
  ending = true;
  redis.kill();
  process.exit(code);
}
redis.on("error", (error) => {
  console.error(`redis-server does not start: ${error.message}`);
  end(1);
});
redis.on("exit", () => end(1));
process.on("SIGTERM", () => end(0));
process.on("SIGINT", () => end(0));
process.stdin.on("close", () => end(0)).resume();

const publisher = createClient({ url: `redis://127.0.0.1:${redisPort}` });
// The client tries again by itself until Redis listens.
publisher.on("error", () => {});
const subscriber = publisher.duplicate();
subscriber.on("error", () => {});
await Promise.all([publisher.connect(), subscriber.connect()]);

const database = new DatabaseSync(path.join(persist, "messages.sqlite"));
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY, room TEXT NOT NULL, at INTEGER NOT NULL, client_id TEXT NOT NULL, text TEXT NOT NULL
  );
`);
const insert = database.prepare("INSERT INTO messages (room, at, client_id, text) VALUES (?, ?, ?, ?) RETURNING seq");

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  adapter: createAdapter(publisher, subscriber),
});
io.on("connection", (socket) => {
  socket.on("join", async (room, joined) => {
    await socket.join(room);
    socket.data.room = room;
    joined();
  });
  socket.on("send", ({ clientId, text }, ack) => {
    const { room } = socket.data;
    const at = Date.now();
    const { seq } = insert.get(room, at, clientId, text);
    io.to(room).emit("event", { seq, at, clientId, text });
    ack({ clientId, seq, at });
  });
});

const version = (name) =>
  JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
http.listen(0, "127.0.0.1", () => {
  const origin = `http://127.0.0.1:${http.address().port}`;
  const versions = { socketio: version("socket.io"), adapter: version("@socket.io/redis-adapter"), node: process.versions.node };
  process.stdout.write(`${JSON.stringify({ origin, ...versions })}\n`);
});
