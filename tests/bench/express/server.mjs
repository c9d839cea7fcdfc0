// The usual way to build such an API: Express 5, `jsonwebtoken`, `argon2`, and `better-sqlite3` in the same process. It answers what
// `bench api` asks as the product does, from the same rows, found by the same indexes, and does nothing that is not named here.
//
//     node tests/bench/express/server.mjs '{"persist":"DIR","data":"FILE"}'
//
// The file holds `people`, `conversations` and `settings` as the product stores them, and `permissions` by role. Here they
// become tables with a column for each value, as somebody who writes SQL by hand would have them: nothing is parsed
// that need not be. The database waits for the disk with each commit, as workerd's do.
//
// Of what does the same the quicker was taken: `better-sqlite3` reads a page of rows in 70 % of the time of `node:sqlite`,
// `jsonwebtoken` looks at a token in half of that of `jose`. `argon2` has its binaries in the package, as `better-sqlite3` does:
// no install script has to run. Express runs as in production; its `ETag` of each body is switched off, because the product makes none.
//
// It writes {"origin":…} to standard output once, and ends when standard input closes.

import { createHash, createSecretKey, randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";

process.env.NODE_ENV = "production";
const { default: argon2 } = await import("argon2");
const { default: Database } = await import("better-sqlite3");
const { default: express } = await import("express");
const { default: jwt } = await import("jsonwebtoken");

const { persist, data } = JSON.parse(process.argv[2]);
mkdirSync(persist, { recursive: true });

const database = new Database(path.join(persist, "api.sqlite"));
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;

  CREATE TABLE users (
    id TEXT PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL, folded TEXT NOT NULL, role TEXT NOT NULL, password TEXT NOT NULL,
    departments TEXT NOT NULL, capacity INTEGER NOT NULL, language TEXT, time_zone TEXT, notify_desktop TEXT NOT NULL,
    notify_email TEXT NOT NULL, notify_sound INTEGER NOT NULL, status TEXT NOT NULL, last_seen_at INTEGER, revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX users_by_email ON users (email);
  CREATE INDEX users_by_name ON users (folded, id);

  CREATE TABLE sessions (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL, token_hash TEXT NOT NULL, used_at INTEGER NOT NULL, created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, user_agent TEXT
  ) WITHOUT ROWID;
  CREATE INDEX sessions_by_user ON sessions (user_id, used_at DESC, id);

  CREATE TABLE conversations (
    id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, visitor_id TEXT NOT NULL, visitor_name TEXT NOT NULL, status TEXT NOT NULL,
    department TEXT, assignee_id TEXT, assignee_name TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    head INTEGER NOT NULL, read_by_visitor INTEGER NOT NULL, read_by_agents INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    last_at INTEGER NOT NULL, last_kind TEXT NOT NULL, last_id TEXT NOT NULL, last_name TEXT NOT NULL, preview TEXT NOT NULL,
    unread_by_agents INTEGER NOT NULL, tags TEXT
  ) WITHOUT ROWID;
  CREATE INDEX conversations_by_time ON conversations (updated_at DESC, id DESC);
  CREATE INDEX conversations_by_status ON conversations (status, updated_at DESC, id DESC);
  CREATE INDEX conversations_by_customer ON conversations (customer_id, updated_at DESC, id DESC);
  CREATE INDEX conversations_by_department ON conversations (department, updated_at DESC, id DESC);
  CREATE INDEX conversations_by_assignee ON conversations (assignee_id, updated_at DESC, id DESC);

  CREATE TABLE settings (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, language TEXT NOT NULL, time_zone TEXT NOT NULL, mail_from TEXT,
    session_days INTEGER NOT NULL, agents_see TEXT NOT NULL, revision INTEGER NOT NULL, updated_at INTEGER NOT NULL
  ) WITHOUT ROWID;
`);

const permissions = fill(JSON.parse(readFileSync(data, "utf8")));

/** Stores what the file has; gives what each role permits. */
function fill({ people, conversations, settings, permissions }) {
  const at = (date) => date?.$date ?? null;
  const insert = (table, row) => {
    const names = Object.keys(row);
    const statement = `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map((name) => `:${name}`).join(", ")})`;
    database.prepare(statement).run(row);
  };
  database.exec("BEGIN");
  for (const person of people) {
    insert("users", {
      id: person._id,
      email: person.email,
      name: person.name,
      folded: person.folded,
      role: person.role,
      password: person.password,
      departments: JSON.stringify(person.departments ?? []),
      capacity: person.capacity,
      language: person.language ?? null,
      time_zone: person.timeZone ?? null,
      notify_desktop: person.notifications.desktop,
      notify_email: person.notifications.email,
      notify_sound: Number(person.notifications.sound),
      status: person.status,
      last_seen_at: at(person.lastSeenAt),
      revision: person.revision,
      created_at: at(person.createdAt),
      updated_at: at(person.updatedAt ?? person.createdAt),
    });
  }
  for (const conversation of conversations) {
    const { assignee, lastMessage } = conversation;
    insert("conversations", {
      id: conversation._id,
      customer_id: conversation.customerId,
      visitor_id: conversation.visitor.id,
      visitor_name: conversation.visitor.name,
      status: conversation.status,
      department: conversation.department ?? null,
      assignee_id: assignee?.id ?? null,
      assignee_name: assignee?.name ?? null,
      created_at: at(conversation.createdAt),
      updated_at: at(conversation.updatedAt),
      head: conversation.head,
      read_by_visitor: conversation.read.visitor,
      read_by_agents: conversation.read.agents,
      last_seq: lastMessage.seq,
      last_at: at(lastMessage.createdAt),
      last_kind: lastMessage.author.kind,
      last_id: lastMessage.author.id,
      last_name: lastMessage.author.name,
      preview: lastMessage.preview,
      unread_by_agents: conversation.unreadByAgents,
      tags: null,
    });
  }
  insert("settings", {
    id: settings._id,
    name: settings.name,
    language: settings.language,
    time_zone: settings.timeZone,
    mail_from: settings.mailFrom ?? null,
    session_days: settings.sessionDays,
    agents_see: settings.agentsSee,
    revision: settings.revision,
    updated_at: at(settings.updatedAt),
  });
  database.exec("COMMIT");
  return new Map(Object.entries(permissions));
}

const statements = {
  userByEmail: database.prepare("SELECT * FROM users WHERE email = ?"),
  people: database.prepare("SELECT * FROM users ORDER BY folded, id LIMIT ?"),
  conversations: database.prepare("SELECT * FROM conversations WHERE status = ? ORDER BY updated_at DESC, id DESC LIMIT ?"),
  settings: database.prepare("SELECT * FROM settings WHERE id = 'general'"),
  openSession: database.prepare(
    "INSERT INTO sessions (id, user_id, token_hash, used_at, created_at, expires_at, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?)",
  ),
  dropSessions: database.prepare("DELETE FROM sessions WHERE user_id = ? AND expires_at <= ?"),
  noteSignIn: database.prepare("UPDATE users SET last_seen_at = ? WHERE id = ?"),
  begin: database.prepare("BEGIN IMMEDIATE"),
  commit: database.prepare("COMMIT"),
};

const KEY = createSecretKey(Buffer.from("a-secret-of-the-bench-of-more-than-32-characters"));
const [ISSUER, AUDIENCE, KEY_ID] = ["voxora", "agent", "bench"];
const TOKEN_SECONDS = 15 * 60;
/** A hash of no password, so that an address without an account takes as long. */
const NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/** Lets whoever has a token go on, if it is of ours and permits this. */
const permitted = (permission) => (request, response, next) => {
  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
  let claims;
  try {
    const options = { algorithms: ["HS256"], issuer: ISSUER, audience: AUDIENCE, clockTolerance: 5, complete: true };
    const { header, payload } = jwt.verify(token, KEY, options);
    if (header.kid === KEY_ID && header.typ === "JWT" && payload.iat <= Date.now() / 1000 + 5) claims = payload;
  } catch {
    // Which of it is wrong is nobody's business.
  }
  if (!claims) return void response.status(401).json({ code: "unauthenticated" });
  if (!permissions.get(claims.role)?.includes(permission)) return void response.status(403).json({ code: "forbidden" });
  next();
};

const shownUser = (row) => ({
  id: row.id,
  email: row.email,
  name: row.name,
  role: row.role,
  departments: JSON.parse(row.departments),
  capacity: row.capacity,
  language: row.language ?? undefined,
  timeZone: row.time_zone ?? undefined,
  notifications: { desktop: row.notify_desktop, email: row.notify_email, sound: row.notify_sound === 1 },
  status: row.status,
  lastSeenAt: row.last_seen_at ?? undefined,
  version: row.revision,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const shownConversation = (row) => ({
  id: row.id,
  visitor: { kind: "visitor", id: row.visitor_id, name: row.visitor_name },
  status: row.status,
  assignee: row.assignee_id === null ? null : { kind: "agent", id: row.assignee_id, name: row.assignee_name },
  createdAt: row.created_at,
  head: row.head,
  read: { visitor: row.read_by_visitor, agents: row.read_by_agents },
  tags: row.tags === null ? [] : JSON.parse(row.tags),
  department: row.department ?? undefined,
  updatedAt: row.updated_at,
  lastMessage: {
    seq: row.last_seq,
    at: row.last_at,
    actor: { kind: row.last_kind, id: row.last_id, name: row.last_name },
    preview: row.preview,
  },
  unread: row.unread_by_agents,
});

/** The page that rows are, of which one more than the limit was asked for. */
function page(rows, limit, keys, shown) {
  const more = rows.length > limit;
  const items = rows.slice(0, limit);
  const next = more ? Buffer.from(JSON.stringify(keys(items.at(-1)))).toString("base64url") : undefined;
  return { items: items.map(shown), nextCursor: next };
}

const app = express();
app.disable("x-powered-by");
app.disable("etag");

app.post("/api/v1/auth/login", express.json({ limit: "16kb" }), async (request, response) => {
  const { email, password } = request.body ?? {};
  if (typeof email !== "string" || typeof password !== "string") return void response.status(400).json({ code: "invalid_request" });
  const user = statements.userByEmail.get(email.trim().normalize("NFC").toLowerCase());
  const right = await argon2.verify(user?.password ?? NOBODY, password);
  if (!user || !right || user.status !== "active") return void response.status(401).json({ code: "wrong_credentials" });

  const now = Date.now();
  const lasts = statements.settings.get().session_days * 24 * 60 * 60 * 1000;
  const session = randomUUID();
  const secret = randomBytes(16).toString("base64url");
  const hash = createHash("sha256").update(secret).digest("base64url");
  statements.begin.run();
  statements.openSession.run(session, user.id, hash, now, now, now + lasts, request.headers["user-agent"] ?? null);
  statements.dropSessions.run(user.id, now);
  statements.noteSignIn.run(now, user.id);
  statements.commit.run();

  const departments = JSON.parse(user.departments);
  const claims = { role: user.role, name: user.name, sid: session, departments: departments.length > 0 ? departments : undefined };
  const accessToken = jwt.sign(claims, KEY, {
    algorithm: "HS256",
    keyid: KEY_ID,
    issuer: ISSUER,
    audience: AUDIENCE,
    subject: user.id,
    expiresIn: TOKEN_SECONDS,
  });
  response.cookie("refresh", `${session}.${secret}`, { httpOnly: true, sameSite: "strict", path: "/", maxAge: lasts });
  response.json({
    accessToken,
    expiresIn: TOKEN_SECONDS,
    user: shownUser({ ...user, last_seen_at: now }),
    permissions: permissions.get(user.role),
  });
});

app.get("/api/v1/users", permitted("read_people"), (request, response) => {
  const limit = 50;
  response.json(page(statements.people.all(limit + 1), limit, (row) => [row.folded, row.id], shownUser));
});

app.get("/api/v1/conversations", permitted("read_conversations"), (request, response) => {
  const limit = 30;
  const rows = statements.conversations.all(String(request.query.status), limit + 1);
  response.json(page(rows, limit, (row) => [row.updated_at, row.id], shownConversation));
});

app.get("/api/v1/settings", permitted("manage_settings"), (request, response) => {
  const row = statements.settings.get();
  response.set("ETag", `"${row.revision}"`).json({
    name: row.name,
    language: row.language,
    timeZone: row.time_zone,
    mailFrom: row.mail_from ?? undefined,
    sessionDays: row.session_days,
    agentsSee: row.agents_see,
    version: row.revision,
    updatedAt: row.updated_at,
  });
});

process.on("SIGTERM", () => process.exit(0));
process.on("SIGINT", () => process.exit(0));
process.stdin.on("close", () => process.exit(0)).resume();

const version = (name) =>
  JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
const server = app.listen(0, "127.0.0.1", () => {
  // Connections are kept, as a proxy in front of it would have them, also while the other one is measured.
  server.keepAliveTimeout = 0;
  const origin = `http://127.0.0.1:${server.address().port}`;
  const versions = Object.fromEntries(["express", "jsonwebtoken", "argon2", "better-sqlite3"].map((name) => [name, version(name)]));
  process.stdout.write(`${JSON.stringify({ origin, ...versions, node: process.versions.node })}\n`);
});
