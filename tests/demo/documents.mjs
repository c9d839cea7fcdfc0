// The documents that the demo's talks become: what `POST /api/v1/import/{collection}` takes, and what rooms, lists and
// searches read as if it had happened here.
//
// Ids are made of names, so that importing again finds everything there.

import { createHash } from "node:crypto";

import { cut } from "../../widget/client/graphemes.js";
import { PASSWORD_HASH, agents, tags, talks } from "./team.mjs";

const MINUTE = 60_000;
/** How much of a message a list shows; the rule is `preview` in `domain/src/room/log.rs`. */
const PREVIEW = 140;
const STATUS = { "is done": "resolved", waits: "pending", closes: "closed", reopens: "open" };

/** An id made of a name. */
export function idOf(kind, name) {
  const hash = createHash("sha256").update(`voxora demo ${kind} ${name}`).digest("hex");
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

const date = (at) => ({ $date: new Date(at).toISOString() });
const agent = (name) => ({ kind: "agent", id: idOf("user", name), name: agents[name].name });

/** All documents, by collection, in the order in which they are to be imported. `now` is when the demo is. */
export function documents(now) {
  const begin = date(now - 60 * 24 * 60 * MINUTE);
  const all = {
    users: Object.entries(agents).map(([name, { email, name: shown, role }]) => ({
      _id: idOf("user", name),
      version: 2,
      email,
      name: shown,
      role,
      password: PASSWORD_HASH,
      // The first admin alone has it: the deployment is set up.
      ...(role === "admin" && { founder: true }),
      createdAt: begin,
    })),
    tags: Object.entries(tags).map(([name, { name: shown, color, description, archived = false }]) => ({
      _id: idOf("tag", name),
      version: 1,
      name: shown,
      folded: shown.normalize("NFC").toLowerCase(),
      color,
      ...(description && { description }),
      archived,
      ...(archived && { archivedAt: begin }),
      revision: 1,
      createdAt: begin,
      updatedAt: begin,
    })),
    customers: [],
    messages: [],
    events: [],
    conversations: [],
  };
  for (const [index, talk] of talks.entries()) addTalk(all, talk, index, now);
  return all;
}

function addTalk(all, talk, index, now) {
  const { visitor: name, lines, ago, pause = 1, read = true, seen = true } = talk;
  const id = idOf("conversation", index);
  const visitorId = idOf("visitor", index);
  // Who has not said their name is called after their id; the rule is `visitor` in `domain/src/access/mod.rs`.
  const visitor = { kind: "visitor", id: visitorId, name: /^Visitor [0-9A-F]{4}$/.test(name) ? `Visitor ${visitorId.slice(0, 4).toUpperCase()}` : name };
  const state = { status: "open", assignee: null, read: { visitor: 0, agents: 0 }, tags: [] };
  const events = [...(talk.assignee ? [`${talk.assignee} takes it`] : []), ...lines, ...(talk.tags ?? []).map((tag) => `ada tags ${tag}`)];
  // The visitor always has the first word.
  if (talk.assignee) [events[0], events[1]] = [events[1], events[0]];
  const began = now - (ago + pause * (events.length - 1)) * MINUTE;
  let publicHead = 0;
  let last;
  const said = [];

  for (const [place, line] of events.entries()) {
    const seq = place + 1;
    const at = began + place * pause * MINUTE;
    const [, who, rest] = /^(\w+:?) (.*)$/s.exec(line);
    const actor = who === "v" ? visitor : agent(who.replace(":", ""));
    const common = { _id: `${id}-${seq}`, conversationId: id, seq, createdAt: date(at), prevPublic: publicHead };
    const tagged = /^tags (\w+)$/.exec(rest)?.[1];
    let happened;
    if (who === "v" || who.endsWith(":")) happened = who === "v" ? "message" : "note";
    else if (tagged) happened = "tagged";
    else if (rest === "takes it") happened = "assigned";
    else if (Object.hasOwn(STATUS, rest)) happened = "status_changed";
    else happened = "message";

    if (tagged) state.tags.push(idOf("tag", tagged));
    if (happened === "assigned") state.assignee = actor;
    if (happened === "status_changed") state.status = STATUS[rest];
    if (happened === "message") {
      said.push({ seq, side: actor.kind });
      last = { seq, createdAt: date(at), author: actor, preview: cut(rest.replace(/\s+/g, " "), PREVIEW) };
      // Whoever answers has read what was said before, and so has who goes on.
      const mark = actor.kind === "visitor" ? "visitor" : "agents";
      state.read = { ...state.read, [mark]: seq - 1 };
    }
    if (seq === events.length) state.read = marks(said, { read, seen });
    const after = { ...state, tags: [...state.tags] };
    if (after.tags.length === 0) delete after.tags;
    if (happened === "message" || happened === "note") {
      all.messages.push({ ...common, version: 1, kind: happened, author: actor, clientId: `demo_${index}_${seq}`, text: rest, state: after });
    } else {
      const tag = tagged && { id: idOf("tag", tagged), name: tags[tagged].name };
      all.events.push({ ...common, version: 2, kind: happened, actor, ...(tag && { tag }), public: !tag, state: after });
    }
    if (happened !== "note" && !tagged) publicHead = seq;
  }

  const unread = (side, mark) => said.filter((message) => message.side === side && message.seq > mark).length;
  all.conversations.push({
    _id: id,
    version: 2,
    customerId: visitor.id,
    visitor,
    status: state.status,
    assignee: state.assignee,
    createdAt: date(began),
    updatedAt: last.createdAt,
    head: events.length,
    publicHead,
    read: state.read,
    lastMessage: last,
    unreadByAgents: unread("visitor", state.read.agents),
    unreadByVisitor: unread("agent", state.read.visitor),
    tags: state.tags,
  });
  all.customers.push({ _id: visitor.id, version: 2, name, createdAt: date(began), lastMessageAt: last.createdAt });
}

/** How far each side has read in the end: everything, unless the talk says that it has not. */
function marks(said, { read, seen }) {
  const lastOf = (side) => Math.max(0, ...said.filter((message) => message.side === side).map(({ seq }) => seq));
  const [visitor, agents] = [lastOf("visitor"), lastOf("agent")];
  return { agents: read ? visitor : Math.min(agents, visitor), visitor: seen ? agents : Math.min(visitor, agents) };
}
