// Generated from domain/src/wire by `cargo xtask types`. Do not edit.

/**
 * In which capacity someone acts.
 */
export type ActorKind = "visitor" | "agent" | "system";

/**
 * Who did it, as everyone in the conversation may see them.
 */
export type Actor = { 
/**
 * In which capacity they act.
 */
kind: ActorKind, 
/**
 * The visitor's or the user's id; `system` for the product itself.
 */
id: string, 
/**
 * The name to show.
 */
name: string, };

/**
 * Somebody who is connected to a conversation.
 */
export type Present = { 
/**
 * Whether they have it before their eyes, on any of their sockets.
 */
viewing: boolean, 
/**
 * In which capacity they act.
 */
kind: ActorKind, 
/**
 * The visitor's or the user's id; `system` for the product itself.
 */
id: string, 
/**
 * The name to show.
 */
name: string, };

/**
 * Where a conversation stands.
 */
export type ConversationStatus = "open" | "pending" | "snoozed" | "resolved" | "closed";

/**
 * Something that is to be done within the time that a policy says.
 */
export type ResponseTarget = "first_response" | "next_response" | "resolution";

/**
 * By when something is to be done in a conversation; absent where there is no target, where it is met, or while its clock
 * stands still.
 */
export type Due = { 
/**
 * The team's first message.
 */
firstResponse?: number, 
/**
 * The team's next message.
 */
nextResponse?: number, 
/**
 * That it is resolved.
 */
resolution?: number, };

/**
 * One thing that happened in a conversation, as one audience sees it, with everything said. The wire carries it as a
 * [`CompactEvent`]; this is what a client makes of that.
 */
export type Event = { 
/**
 * Its place in the conversation: from 1, without gaps, the same for everyone.
 */
seq: number, 
/**
 * The `seq` of the event before it that this audience may see; 0 for the first.
 */
prev: number, 
/**
 * Its id in the whole deployment: `{conversation id}-{seq}`.
 */
id: string, 
/**
 * When the room stored it.
 */
at: number, 
/**
 * Who did it, by their token.
 */
actor: Actor, 
/**
 * The name its author's client gave it, where it came from one.
 */
clientId?: string, } & ({ "kind": "message", "payload": Text } | { "kind": "note", "payload": Text } | { "kind": "message_edited", "payload": { 
/**
 * The `seq` of the message.
 */
target: number, 
/**
 * Its text now; empty when it has been deleted since.
 */
text: string, } } | { "kind": "message_deleted", "payload": { 
/**
 * The `seq` of the message.
 */
target: number, } } | { "kind": "read", "payload": { 
/**
 * The last `seq` read.
 */
upTo: number, } } | { "kind": "status_changed", "payload": { 
/**
 * The status from here on.
 */
status: ConversationStatus, 
/**
 * Until when it is snoozed; absent: until the visitor answers. Agents alone learn of it.
 */
until?: number, } } | { "kind": "assigned", "payload": { 
/**
 * The agent it belongs to.
 */
assignee: Actor | null, 
/**
 * Why; absent where a person did it. Agents alone learn of it.
 */
reason?: Reason, } } | { "kind": "moved", "payload": { 
/**
 * The department that it belongs to.
 */
department: DepartmentName | null, 
/**
 * Why; absent where a person did it.
 */
reason?: Reason, } } | { "kind": "priority_changed", "payload": { 
/**
 * How urgent it is from here on.
 */
priority: Priority, } } | { "kind": "target_missed", "payload": { 
/**
 * Which.
 */
target: ResponseTarget, 
/**
 * By when it should have been done.
 */
due: number, } } | { "kind": "tagged", "payload": { 
/**
 * Which.
 */
tag: TagName, } } | { "kind": "untagged", "payload": { 
/**
 * Which.
 */
tag: TagName, } });

/**
 * An event as the wire carries it, without what its receiver knows already: its id is made of the conversation's and
 * `seq`, what came before it is nearly always `seq - 1`, and the same few people do everything.
 */
export type CompactEvent = { 
/**
 * Its place in the conversation: from 1, without gaps, the same for everyone.
 */
seq: number, 
/**
 * The `seq` of the event before it that this audience may see; absent when that is `seq - 1`, 0 for the first.
 */
prev?: number, 
/**
 * When the room stored it.
 */
at: number, 
/**
 * Who did it: a number that this event, an earlier one on the same socket, or a page's `people` says the actor of.
 */
by: number, 
/**
 * Who `by` is from here on; only where the room has not told everyone yet.
 */
actor?: Actor, 
/**
 * The name its author's client gave it, where it came from one.
 */
clientId?: string, } & ({ "kind": "message", "payload": Text } | { "kind": "note", "payload": Text } | { "kind": "message_edited", "payload": { 
/**
 * The `seq` of the message.
 */
target: number, 
/**
 * Its text now; empty when it has been deleted since.
 */
text: string, } } | { "kind": "message_deleted", "payload": { 
/**
 * The `seq` of the message.
 */
target: number, } } | { "kind": "read", "payload": { 
/**
 * The last `seq` read.
 */
upTo: number, } } | { "kind": "status_changed", "payload": { 
/**
 * The status from here on.
 */
status: ConversationStatus, 
/**
 * Until when it is snoozed; absent: until the visitor answers. Agents alone learn of it.
 */
until?: number, } } | { "kind": "assigned", "payload": { 
/**
 * The agent it belongs to.
 */
assignee: Actor | null, 
/**
 * Why; absent where a person did it. Agents alone learn of it.
 */
reason?: Reason, } } | { "kind": "moved", "payload": { 
/**
 * The department that it belongs to.
 */
department: DepartmentName | null, 
/**
 * Why; absent where a person did it.
 */
reason?: Reason, } } | { "kind": "priority_changed", "payload": { 
/**
 * How urgent it is from here on.
 */
priority: Priority, } } | { "kind": "target_missed", "payload": { 
/**
 * Which.
 */
target: ResponseTarget, 
/**
 * By when it should have been done.
 */
due: number, } } | { "kind": "tagged", "payload": { 
/**
 * Which.
 */
tag: TagName, } } | { "kind": "untagged", "payload": { 
/**
 * Which.
 */
tag: TagName, } });

/**
 * Who the numbers of a page's or an answer's events stand for.
 */
export type People = Record<number, Actor>;

/**
 * What happened, by kind.
 */
export type EventBody = { "kind": "message", "payload": Text } | { "kind": "note", "payload": Text } | { "kind": "message_edited", "payload": { 
/**
 * The `seq` of the message.
 */
target: number, 
/**
 * Its text now; empty when it has been deleted since.
 */
text: string, } } | { "kind": "message_deleted", "payload": { 
/**
 * The `seq` of the message.
 */
target: number, } } | { "kind": "read", "payload": { 
/**
 * The last `seq` read.
 */
upTo: number, } } | { "kind": "status_changed", "payload": { 
/**
 * The status from here on.
 */
status: ConversationStatus, 
/**
 * Until when it is snoozed; absent: until the visitor answers. Agents alone learn of it.
 */
until?: number, } } | { "kind": "assigned", "payload": { 
/**
 * The agent it belongs to.
 */
assignee: Actor | null, 
/**
 * Why; absent where a person did it. Agents alone learn of it.
 */
reason?: Reason, } } | { "kind": "moved", "payload": { 
/**
 * The department that it belongs to.
 */
department: DepartmentName | null, 
/**
 * Why; absent where a person did it.
 */
reason?: Reason, } } | { "kind": "priority_changed", "payload": { 
/**
 * How urgent it is from here on.
 */
priority: Priority, } } | { "kind": "target_missed", "payload": { 
/**
 * Which.
 */
target: ResponseTarget, 
/**
 * By when it should have been done.
 */
due: number, } } | { "kind": "tagged", "payload": { 
/**
 * Which.
 */
tag: TagName, } } | { "kind": "untagged", "payload": { 
/**
 * Which.
 */
tag: TagName, } };

/**
 * A tag as it was called when it was put on a conversation or taken off.
 */
export type TagName = { 
/**
 * Its id.
 */
id: string, 
/**
 * What it was called then.
 */
name: string, };

/**
 * A department as it was called when a conversation was moved into it.
 */
export type DepartmentName = { 
/**
 * Its id.
 */
id: string, 
/**
 * What it was called then.
 */
name: string, };

/**
 * The text of a message or note as it stands now.
 */
export type Text = { 
/**
 * Plain text, never markup. Empty when the message has been deleted.
 */
text: string, 
/**
 * When it was last edited.
 */
editedAt?: number, 
/**
 * When it was deleted.
 */
deletedAt?: number, };

/**
 * How far each side has read.
 */
export type ReadMarks = { 
/**
 * The last `seq` the visitor has read.
 */
visitor: number, 
/**
 * The last `seq` any agent has read.
 */
agents: number, };

/**
 * A conversation as it stands, as one audience sees it.
 */
export type Conversation = { 
/**
 * Its id.
 */
id: string, 
/**
 * The visitor it belongs to.
 */
visitor: Actor, 
/**
 * Where it stands.
 */
status: ConversationStatus, 
/**
 * The agent it is assigned to.
 */
assignee: Actor | null, 
/**
 * When its first message was stored.
 */
createdAt: number, 
/**
 * The `seq` of the last event this audience may see.
 */
head: number, 
/**
 * How far each side has read.
 */
read: ReadMarks, 
/**
 * The tags it has, in the order in which it got them. Agents alone learn of them; a visitor has no such field.
 */
tags?: string[], 
/**
 * The department it belongs to; absent while it belongs to none: the general queue. Agents alone learn of it.
 */
department?: string | undefined, 
/**
 * How urgent it is; absent: normal. This and what follows agents alone learn of.
 */
priority?: Priority, 
/**
 * Since when there has been something to do in it: when it began, or was opened again after it was resolved or closed. It
 * keeps its place in the queue by it, whatever happens meanwhile. Absent while it is resolved or closed.
 */
openedAt?: number, 
/**
 * When the first message of the visitor was stored that no message of the team has answered yet; absent where none waits.
 */
waitingSince?: number, 
/**
 * Until when it is snoozed; absent too where it is snoozed until the visitor answers.
 */
snoozedUntil?: number | undefined, 
/**
 * By when the team is to have done what; absent where nothing is due.
 */
due?: Due, 
/**
 * How often it has come to stand otherwise without an event, because a policy changed; absent: never. Of two of the same
 * `head` the one of the higher revision counts.
 */
revision?: number, };

/**
 * A conversation as a list shows it.
 */
export type ConversationSummary = { 
/**
 * When the last message (not note) was stored; lists are ordered by it, newest first.
 */
updatedAt: number, 
/**
 * The last message that is not deleted. Notes never appear here.
 */
lastMessage: LastMessage | null, 
/**
 * Messages from the other side that the reader's side has not read yet; 100 stands for as many or more.
 */
unread: number, 
/**
 * Its id.
 */
id: string, 
/**
 * The visitor it belongs to.
 */
visitor: Actor, 
/**
 * Where it stands.
 */
status: ConversationStatus, 
/**
 * The agent it is assigned to.
 */
assignee: Actor | null, 
/**
 * When its first message was stored.
 */
createdAt: number, 
/**
 * The `seq` of the last event this audience may see.
 */
head: number, 
/**
 * How far each side has read.
 */
read: ReadMarks, 
/**
 * The tags it has, in the order in which it got them. Agents alone learn of them; a visitor has no such field.
 */
tags?: string[], 
/**
 * The department it belongs to; absent while it belongs to none: the general queue. Agents alone learn of it.
 */
department?: string | undefined, 
/**
 * How urgent it is; absent: normal. This and what follows agents alone learn of.
 */
priority?: Priority, 
/**
 * Since when there has been something to do in it: when it began, or was opened again after it was resolved or closed. It
 * keeps its place in the queue by it, whatever happens meanwhile. Absent while it is resolved or closed.
 */
openedAt?: number, 
/**
 * When the first message of the visitor was stored that no message of the team has answered yet; absent where none waits.
 */
waitingSince?: number, 
/**
 * Until when it is snoozed; absent too where it is snoozed until the visitor answers.
 */
snoozedUntil?: number | undefined, 
/**
 * By when the team is to have done what; absent where nothing is due.
 */
due?: Due, 
/**
 * How often it has come to stand otherwise without an event, because a policy changed; absent: never. Of two of the same
 * `head` the one of the higher revision counts.
 */
revision?: number, };

/**
 * The last message of a conversation, shortened.
 */
export type LastMessage = { 
/**
 * Its `seq`.
 */
seq: number, 
/**
 * When it was stored.
 */
at: number, 
/**
 * Who wrote it.
 */
actor: Actor, 
/**
 * Its beginning on one line: at most 140 code points, cut where a reader sees a character end.
 */
preview: string, };

/**
 * What a client may say in a room.
 */
export type ClientFrame = { "type": "send", 
/**
 * The client's name for this send; a repeat of the same gets the first one's ack.
 */
clientId: string, 
/**
 * A message for everyone or a note for agents.
 */
kind: SendKind, 
/**
 * 1–10,000 characters of plain text.
 */
text: string, } | { "type": "edit", 
/**
 * The client's name for this edit.
 */
clientId: string, 
/**
 * The `seq` of the message.
 */
target: number, 
/**
 * 1–10,000 characters of plain text.
 */
text: string, } | { "type": "delete", 
/**
 * The client's name for this deletion.
 */
clientId: string, 
/**
 * The `seq` of the message.
 */
target: number, } | { "type": "read", 
/**
 * The last `seq` read.
 */
upTo: number, } | { "type": "typing", 
/**
 * Started or stopped.
 */
active: boolean, } | { "type": "viewing", 
/**
 * It is, or it is not.
 */
active: boolean, } | { "type": "resume", 
/**
 * The last `seq` the client has.
 */
after: number, } | { "type": "renew", 
/**
 * A fresh access token of the same person.
 */
token: string, };

/**
 * For whom something is said.
 */
export type SendKind = "message" | "note";

/**
 * What a room may say.
 */
export type ServerFrame = { "type": "welcome", 
/**
 * Who the room takes this connection for.
 */
you: Actor, 
/**
 * The conversation as it stands.
 */
conversation: Conversation, 
/**
 * Who is here, this client included, each once however many sockets they hold.
 */
present: Array<Present>, 
/**
 * How often to send `ping`, in seconds.
 */
heartbeatSeconds: number, 
/**
 * What the room holds this client to.
 */
limits: Limits, 
/**
 * When the socket ends, unless it is renewed.
 */
until: number, } | { "type": "page", 
/**
 * Who every `by` among the events is; on a page without `more`, also who every number is that events to come may
 * name without saying.
 */
people: People, 
/**
 * The events, ascending.
 */
events: Array<CompactEvent>, 
/**
 * Whether more are waiting; ask with `resume` after the last of these. Until then nothing is live.
 */
more: boolean, 
/**
 * The `seq` of the last event of this audience before the page; 0 when the page begins at the first.
 */
prev: number, } | { "type": "event" } & CompactEvent | { "type": "ack", 
/**
 * The client's name for it.
 */
clientId: string, 
/**
 * The `seq` it got.
 */
seq: number, 
/**
 * When it was stored.
 */
at: number, 
/**
 * Whether it had been stored before this frame came.
 */
duplicate: boolean, } | { "type": "typing", 
/**
 * Who.
 */
actor: Actor, 
/**
 * Started or stopped.
 */
active: boolean, } | { "type": "presence", 
/**
 * Who.
 */
actor: Actor, 
/**
 * Whether they are here.
 */
online: boolean, 
/**
 * Whether they have it before their eyes, on any of their sockets.
 */
viewing: boolean, } | { "type": "renewed", 
/**
 * When it ends, unless it is renewed again.
 */
until: number, } | { "type": "error" } & FrameError | { "type": "reset", 
/**
 * The `seq` of the last event this audience may see.
 */
head: number, };

/**
 * Why a frame was refused.
 */
export type FrameError = { 
/**
 * A stable name for the reason.
 */
code: ErrorCode, 
/**
 * What was wrong and what would be right, in English, for a developer.
 */
message: string, 
/**
 * The client's name for what it tried, where the frame had one.
 */
clientId?: string, 
/**
 * When it is worth trying again, where it is.
 */
retryAfterMs?: number, };

/**
 * The reasons for which a frame is refused. `docs/PROTOCOL.md` explains each.
 */
export type ErrorCode = "malformed_frame" | "unknown_frame" | "frame_too_large" | "invalid_client_id" | "client_id_reused" | "empty_message" | "message_too_long" | "rate_limited" | "unauthenticated" | "forbidden" | "no_such_message" | "too_late" | "too_many_tags" | "conversation_closed" | "internal";

/**
 * What a room holds a client to.
 */
export type Limits = { 
/**
 * The largest frame, in bytes.
 */
frameBytes: number, 
/**
 * The longest message, in Unicode scalar values.
 */
messageCharacters: number, 
/**
 * How many sends may come at once.
 */
sendBurst: number, 
/**
 * How many sends come back each second; where it is a fraction, the next whole number.
 */
sendsPerSecond: number, };

/**
 * What a dashboard may say on the inbox's socket.
 */
export type InboxClientFrame = { "type": "resume", 
/**
 * The last `seq` of the feed the client has.
 */
after: number, } | { "type": "renew", 
/**
 * A fresh access token of the same person.
 */
token: string, } | { "type": "presence", 
/**
 * What was chosen.
 */
chosen: Presence, 
/**
 * Whether the open conversations that are assigned to me go back to the queue.
 */
giveBack?: boolean, } | { "type": "idle", 
/**
 * Nobody has.
 */
active: boolean, } | { "type": "attend", 
/**
 * Which; `null` for none.
 */
conversation: string | null, 
/**
 * Whether a reply is being written.
 */
replying?: boolean, } | { "type": "claim", 
/**
 * Which.
 */
conversation: string, } | { "type": "people" };

/**
 * What the inbox may say.
 */
export type InboxServerFrame = { "type": "welcome", 
/**
 * Who the inbox takes this connection for.
 */
you: Actor, 
/**
 * The last `seq` of the feed.
 */
head: number, 
/**
 * How often to send `ping`, in seconds.
 */
heartbeatSeconds: number, 
/**
 * When the socket ends, unless it is renewed.
 */
until: number, 
/**
 * What the client may see, as an opaque text: to be handed back as `scope` when it resumes.
 */
scope: string, 
/**
 * What they have chosen to be.
 */
chosen: Presence, 
/**
 * The team: everyone who can sign in.
 */
people: Array<Colleague>, } | { "type": "page", 
/**
 * The changes.
 */
changes: Array<InboxChange>, 
/**
 * Conversations that whoever follows could see before, and may see no more.
 */
gone?: Array<InboxGone>, 
/**
 * Whether more are waiting; ask with `resume`.
 */
more: boolean, 
/**
 * How things stand in all, on the last page.
 */
standing?: Standing, } | { "type": "snapshot", 
/**
 * The last `seq` of the feed: go on after it.
 */
head: number, 
/**
 * The conversations, by ascending `seq`.
 */
changes: Array<InboxChange>, 
/**
 * How things stand in all.
 */
standing: Standing, } | { "type": "change" } & InboxChange | { "type": "gone" } & InboxGone | { "type": "person" } & Colleague | { "type": "people", 
/**
 * Everyone who can sign in.
 */
people: Array<Colleague>, } | { "type": "attention" } & Attention | { "type": "renewed", 
/**
 * When it ends, unless it is renewed again.
 */
until: number, } | { "type": "error" } & FrameError | { "type": "reset", 
/**
 * The last `seq` of the feed.
 */
head: number, };

/**
 * How things stand in all, as far as its reader may see.
 */
export type Standing = { 
/**
 * How many conversations are open, pending or snoozed: a number for each status, kind of assignee and department that has any.
 */
counts: Array<Count>, 
/**
 * The conversations that somebody looks at.
 */
attention: Array<Attention>, };

/**
 * Whose a conversation is, seen by somebody.
 */
export type Whose = "mine" | "others" | "nobodys";

/**
 * How many conversations there are of a kind.
 */
export type Count = { 
/**
 * Where they stand.
 */
status: ConversationStatus, 
/**
 * Whose they are.
 */
whose: Whose, 
/**
 * The department they belong to; absent: the general queue.
 */
department?: string | undefined, 
/**
 * How many.
 */
conversations: number, };

/**
 * Somebody of the team.
 */
export type Colleague = { 
/**
 * Who.
 */
id: string, 
/**
 * The name to show.
 */
name: string, 
/**
 * Whether they are there.
 */
presence: Presence, 
/**
 * Since when; 0 where nobody has seen them yet.
 */
since: number, 
/**
 * The departments they are in.
 */
departments: string[], 
/**
 * How many open conversations are assigned to them.
 */
load: number, 
/**
 * How many the product gives them at most.
 */
capacity: number, };

/**
 * Who of the team looks at a conversation.
 */
export type Attention = { 
/**
 * Which.
 */
id: string, 
/**
 * Who, each once; empty when nobody does any more.
 */
people: Array<Attending>, };

/**
 * Somebody who looks at a conversation.
 */
export type Attending = { 
/**
 * Who.
 */
id: string, 
/**
 * The name to show.
 */
name: string, 
/**
 * Whether they are writing to its visitor.
 */
replying: boolean, 
/**
 * Whether they are the one who answers: of those who write, the first, or the last who said so by `claim`.
 */
claims: boolean, };

/**
 * Where a conversation was counted.
 */
export type Was = { 
/**
 * Its status then.
 */
status: ConversationStatus, 
/**
 * To whom it was assigned.
 */
assignee?: string | undefined, 
/**
 * The department it belonged to.
 */
department?: string | undefined, };

/**
 * One change in the inbox's feed.
 */
export type InboxChange = { 
/**
 * Its place in the feed: ascending, with gaps (only a conversation's newest change is kept).
 */
seq: number, 
/**
 * The conversation as agents see it now.
 */
conversation: ConversationSummary, 
/**
 * Where it was counted before; live alone, and absent where its reader could not see it, or it was not counted.
 */
was?: Was, };

/**
 * A conversation that whoever follows the feed could see before, and may see no more: it was moved or assigned elsewhere.
 */
export type InboxGone = { 
/**
 * Its place in the feed.
 */
seq: number, 
/**
 * Which.
 */
id: string, 
/**
 * Where it was counted before; live alone.
 */
was?: Was, };

/**
 * When somebody is there, by the clock of a place.
 */
export type BusinessHours = { 
/**
 * Where the clock is, as a name of the IANA database such as `Europe/Berlin`.
 */
timeZone: string, 
/**
 * The week, day by day.
 */
week: Week, 
/**
 * Days that are other than their day of the week; at most 100, each once.
 */
holidays: Array<Holiday>, };

/**
 * The blocks of each day of the week; a day without is one on which nobody is there.
 */
export type Week = { 
/**
 * At most 10 blocks.
 */
monday: Array<Block>, 
/**
 * Likewise.
 */
tuesday: Array<Block>, 
/**
 * Likewise.
 */
wednesday: Array<Block>, 
/**
 * Likewise.
 */
thursday: Array<Block>, 
/**
 * Likewise.
 */
friday: Array<Block>, 
/**
 * Likewise.
 */
saturday: Array<Block>, 
/**
 * Likewise.
 */
sunday: Array<Block>, };

/**
 * A time during which somebody is there. One that ends before it begins goes on over midnight; it belongs to the day on
 * which it begins.
 */
export type Block = { 
/**
 * When it begins: `00:00` to `23:59`.
 */
from: string, 
/**
 * When it ends: `00:00` to `24:00`.
 */
to: string, };

/**
 * A day that is other than its day of the week.
 */
export type Holiday = { 
/**
 * The day, as `2026-12-24`.
 */
date: string, 
/**
 * What it is called: 1–100 characters on one line.
 */
name?: string, 
/**
 * When somebody is there all the same; nobody is, where it is empty.
 */
hours: Array<Block>, };

/**
 * How urgent a conversation is.
 */
export type Priority = "low" | "normal" | "high" | "urgent";

/**
 * Whether somebody of the team is there. Conversations are assigned by the product to those alone who are online.
 */
export type Presence = "online" | "away" | "busy" | "offline";

/**
 * Who is chosen among those who could take a conversation.
 */
export type RoutingMode = "manual" | "round_robin" | "least_busy";

/**
 * What skills count for. A person's skills are tags, and a conversation asks for those of its tags that somebody has as a skill.
 */
export type SkillRule = "ignored" | "preferred" | "required";

/**
 * Where conversations go that wait too long.
 */
export type Overflow = { 
/**
 * The department that they are moved into.
 */
department: string, 
/**
 * After so many seconds in the queue: 30 to 86,400.
 */
afterSeconds: number, };

/**
 * How a queue's conversations find somebody.
 */
export type Routing = { 
/**
 * Who is chosen.
 */
mode: RoutingMode, 
/**
 * Whether a customer who comes back is given to whom they talked with last, where that person is online and has room.
 */
sameAgentFirst: boolean, 
/**
 * What skills count for.
 */
skills: SkillRule, 
/**
 * How many seconds after somebody went offline the conversations in which a customer waits for them go back to the queue: 0 to
 * 86,400.
 */
giveBackAfterSeconds: number, 
/**
 * Where conversations go that wait too long; absent: they wait.
 */
overflow?: Overflow, };

/**
 * Within how many minutes something is to be done, each 1 to 43,200; absent: there is no target.
 */
export type ResponseTimes = { 
/**
 * From the first message until the team's first.
 */
firstResponse?: number, 
/**
 * From a customer's later message, the first that waits, until the team's next.
 */
nextResponse?: number, 
/**
 * From when it was opened until it is resolved.
 */
resolution?: number, };

/**
 * Response targets by priority.
 */
export type Targets = { 
/**
 * Of conversations of low priority.
 */
low: ResponseTimes, 
/**
 * Of normal ones.
 */
normal: ResponseTimes, 
/**
 * Of those of high priority.
 */
high: ResponseTimes, 
/**
 * Of urgent ones.
 */
urgent: ResponseTimes, 
/**
 * Whether only business hours count, where the department has some.
 */
businessHours: boolean, 
/**
 * Whether the clock of the resolution stands still while the conversation is pending or snoozed.
 */
pauseWhilePending: boolean, };

/**
 * What becomes of a conversation whose customer does not answer the team's last message.
 */
export type AutoResolve = { 
/**
 * It is resolved after so many minutes of silence: 5 to 129,600.
 */
afterMinutes: number, 
/**
 * What the customer is told before, 1–500 characters; absent: nothing.
 */
warning?: string, 
/**
 * How many minutes before: at least 1, and fewer than `afterMinutes`.
 */
warnMinutesBefore: number, };

/**
 * How a queue is worked off: a department's, or the general queue's.
 */
export type Policy = { 
/**
 * How its conversations find somebody.
 */
routing: Routing, 
/**
 * How soon they are to be answered.
 */
targets: Targets, 
/**
 * What becomes of those in which the customer is silent; absent: nothing.
 */
autoResolve?: AutoResolve, };

/**
 * By which rule a conversation came to somebody, went back to the queue, or went on to another department.
 */
export type Rule = "round_robin" | "least_busy" | "same_agent" | "taken_over" | "went_offline" | "given_back" | "left" | "overflow";

/**
 * Somebody who could have been chosen, as they were at that moment.
 */
export type Candidate = { 
/**
 * Their id.
 */
id: string, 
/**
 * Their name.
 */
name: string, 
/**
 * Whether they were there.
 */
presence: Presence, 
/**
 * How many open conversations they had.
 */
load: number, 
/**
 * How many they may be given.
 */
capacity: number, };

/**
 * Why a conversation came to somebody, went back to the queue, or went on to another department.
 */
export type Reason = { 
/**
 * By which rule.
 */
rule: Rule, 
/**
 * Since when it had been waiting in the queue; absent where it was not in it.
 */
waitingSince?: number, 
/**
 * Who belongs to the queue and was not offline, whoever was chosen first; at most 10.
 */
candidates?: Array<Candidate>, 
/**
 * How many candidates there were, listed or not.
 */
considered: number, };

/**
 * Whether somebody can sign in.
 */
export type UserStatus = "active" | "deactivated";

/**
 * About which conversations somebody is notified.
 */
export type NotifyAbout = "nothing" | "mine" | "all";

/**
 * How somebody wants to be notified.
 */
export type Notifications = { 
/**
 * By the browser, while the dashboard is open.
 */
desktop: NotifyAbout, 
/**
 * By mail, while it is not.
 */
email: NotifyAbout, 
/**
 * Whether the dashboard makes a sound.
 */
sound: boolean, };

/**
 * A member of the team.
 */
export type User = { 
/**
 * Their id.
 */
id: string, 
/**
 * Their e-mail address, as it is compared: in lower case.
 */
email: string, 
/**
 * The name that visitors and colleagues see.
 */
name: string, 
/**
 * What they are: `admin`, `agent`, or the id of a role.
 */
role: string, 
/**
 * The departments they are in.
 */
departments: string[], 
/**
 * How many open conversations are assigned to them at most by themselves: 0 to 50.
 */
capacity: number, 
/**
 * What they know about: tags. What these count for, the policy of a queue says.
 */
skills: string[], 
/**
 * When they work: outside of it they are offline, unless they have chosen otherwise since. Absent: whenever they are there.
 */
workingHours?: BusinessHours, 
/**
 * The language they read, as a BCP 47 tag such as `de` or `pt-BR`; the deployment's where it is absent.
 */
language?: string, 
/**
 * Where their clock is, as a name of the IANA database such as `Europe/Berlin`; the deployment's where it is absent.
 */
timeZone?: string, 
/**
 * How they want to be notified.
 */
notifications: Notifications, 
/**
 * Whether they can sign in.
 */
status: UserStatus, 
/**
 * When they last signed in.
 */
lastSeenAt?: number, 
/**
 * Raised by every change; its `ETag`.
 */
version: number, 
/**
 * When they joined.
 */
createdAt: number, 
/**
 * When they were last changed.
 */
updatedAt: number, };

/**
 * Changes somebody. Fields that are absent stay as they are.
 */
export type UpdateUser = { 
/**
 * The new name.
 */
name?: string, 
/**
 * The new role.
 */
role?: string, 
/**
 * The departments they are in from now on: at most 30.
 */
departments?: string[], 
/**
 * How many open conversations are assigned to them at most by themselves: 0 to 50.
 */
capacity?: number, 
/**
 * What they know about from now on: at most 20 tags, each once.
 */
skills?: string[], 
/**
 * When they work from now on; `null` for whenever they are there.
 */
workingHours?: BusinessHours | null, 
/**
 * The language they read; `null` for the deployment's.
 */
language?: string | null, 
/**
 * Where their clock is; `null` for where the deployment's is.
 */
timeZone?: string | null, };

/**
 * What becomes of the name of somebody who is deleted, in the conversations they had.
 */
export type NameOfDeleted = "keep" | "anonymise";

/**
 * Where an invitation stands.
 */
export type InvitationStatus = "open" | "expired" | "accepted" | "revoked";

/**
 * An invitation into the team.
 */
export type Invitation = { 
/**
 * Its id. Whoever accepts it has the same one as a user.
 */
id: string, 
/**
 * The address it is for, as it is compared.
 */
email: string, 
/**
 * What they will be: `admin`, `agent`, or the id of a role.
 */
role: string, 
/**
 * The departments they will be in.
 */
departments: string[], 
/**
 * Where it stands.
 */
status: InvitationStatus, 
/**
 * Who sent it.
 */
invitedBy: string, 
/**
 * Until when its link can be used.
 */
expiresAt: number, 
/**
 * Raised by every change; its `ETag`.
 */
version: number, 
/**
 * When it was made.
 */
createdAt: number, 
/**
 * When it was last changed.
 */
updatedAt: number, };

/**
 * Invites somebody into the team.
 */
export type CreateInvitation = { 
/**
 * Their e-mail address.
 */
email: string, 
/**
 * What they will be: `admin`, `agent`, or the id of a role.
 */
role: string, 
/**
 * The departments they will be in: at most 30.
 */
departments?: Array<string>, };

/**
 * An invitation that goes out.
 */
export type SentInvitation = { 
/**
 * The invitation.
 */
invitation: Invitation, 
/**
 * The link by which it is accepted. It is the invited person's alone; what is behind its `#` reaches no server's log.
 */
link: string, 
/**
 * Whether it goes to them by mail. Where no mail is set up, hand them the link.
 */
mailed: boolean, };

/**
 * Asks what an invitation is, by the token in its link.
 */
export type LookAtInvitation = { 
/**
 * What is behind `#invitation=` in the link.
 */
token: string, };

/**
 * What an invitation is, to whoever has its link.
 */
export type InvitationSeen = { 
/**
 * The address it is for. Whoever accepts it signs in with that one, and no other.
 */
email: string, 
/**
 * Who sent it.
 */
invitedBy: string, 
/**
 * Until when it can be accepted.
 */
expiresAt: number, };

/**
 * Accepts an invitation.
 */
export type AcceptInvitation = { 
/**
 * What is behind `#invitation=` in the link.
 */
token: string, 
/**
 * The name that visitors and colleagues will see.
 */
name: string, 
/**
 * 10 to 200 characters.
 */
password: string, 
/**
 * The language they read, as a tag of BCP 47; the deployment's where it is absent.
 */
language?: string, 
/**
 * Where their clock is, as a name of the IANA database; where the deployment's is where it is absent.
 */
timeZone?: string, };

/**
 * Whether the first admin is still to be made.
 */
export type SetupStatus = { 
/**
 * True until the first admin exists.
 */
required: boolean, };

/**
 * Makes the first admin.
 */
export type SetupRequest = { 
/**
 * The deployment's `SETUP_TOKEN`.
 */
setupToken: string, 
/**
 * 1–100 characters.
 */
name: string, 
/**
 * An e-mail address.
 */
email: string, 
/**
 * 10–200 characters.
 */
password: string, };

/**
 * Signs a user in.
 */
export type LoginRequest = { 
/**
 * The user's e-mail address, in any case.
 */
email: string, 
/**
 * Their password.
 */
password: string, };

/**
 * A signed-in user. The refresh token comes beside it, in an `HttpOnly` cookie.
 */
export type AgentSession = { 
/**
 * The token for `Authorization: Bearer` and for sockets.
 */
accessToken: string, 
/**
 * For how many seconds it is good.
 */
expiresIn: number, 
/**
 * Who it speaks for.
 */
user: User, 
/**
 * What they may do: names of permissions, with the reach behind a colon where that is not everything, as in
 * `read_conversations:departments`.
 */
permissions: string[], };

/**
 * What somebody signed in with, as far as its browser says so.
 */
export type Device = { 
/**
 * The browser, such as `Firefox`.
 */
browser?: string, 
/**
 * What it runs on, such as `Windows` or `iPhone`.
 */
system?: string, };

/**
 * Where a request came from, as far as Cloudflare knows.
 */
export type Whereabouts = { 
/**
 * The city, in English.
 */
city?: string, 
/**
 * The part of the country, in English.
 */
region?: string, 
/**
 * The country, by its two letters (ISO 3166).
 */
country?: string, };

/**
 * One sign-in of one's own.
 */
export type OwnSession = { 
/**
 * Its id.
 */
id: string, 
/**
 * With what.
 */
device: Device, 
/**
 * From where it was last used.
 */
place: Whereabouts, 
/**
 * Whether it is the one that asks.
 */
current: boolean, 
/**
 * When it began.
 */
createdAt: number, 
/**
 * When it last fetched an access token, which one that is open does every quarter of an hour.
 */
lastUsedAt: number, };

/**
 * How many sign-ins were ended.
 */
export type EndedSessions = { 
/**
 * So many.
 */
ended: number, };

/**
 * Changes one's own password.
 */
export type ChangePassword = { 
/**
 * The one there is.
 */
currentPassword: string, 
/**
 * The one there shall be: 10–200 characters, none that guessers try first.
 */
newPassword: string, };

/**
 * Changes what one's own account says of oneself. Fields that are absent stay as they are.
 */
export type UpdateOwnAccount = { 
/**
 * The name that visitors and colleagues see: 1–100 characters.
 */
name?: string, 
/**
 * The language one reads; `null` for the deployment's.
 */
language?: string | null, 
/**
 * Where one's clock is; `null` for where the deployment's is.
 */
timeZone?: string | null, 
/**
 * How one wants to be notified.
 */
notifications?: Notifications, };

/**
 * Asks for a link that resets a password.
 */
export type ForgotPassword = { 
/**
 * The e-mail address of the account, in any case.
 */
email: string, };

/**
 * Whether mails can be sent. Where they cannot, nothing comes.
 */
export type Mailed = { 
/**
 * Whether they can. It says nothing about the address.
 */
mailed: boolean, };

/**
 * A link that does one thing, once, to be handed to whom it is for. What is behind its `#` reaches no server's log.
 */
export type OneTimeLink = { 
/**
 * The link.
 */
link: string, 
/**
 * Until when it is good.
 */
expiresAt: number, };

/**
 * Sets another password by a link.
 */
export type ResetPassword = { 
/**
 * What is behind `#reset=` in the link.
 */
token: string, 
/**
 * The password there shall be: 10–200 characters, none that guessers try first.
 */
password: string, };

/**
 * Asks for another address of one's own account.
 */
export type ChangeEmail = { 
/**
 * The address there shall be.
 */
email: string, 
/**
 * One's password.
 */
currentPassword: string, };

/**
 * Confirms an address by the link that was sent to it.
 */
export type ConfirmEmail = { 
/**
 * What is behind `#email=` in the link.
 */
token: string, };

/**
 * The address that somebody has from now on.
 */
export type ConfirmedEmail = { 
/**
 * The address, which one signs in with.
 */
email: string, };

/**
 * Begins or renews a visitor's session.
 */
export type VisitorSessionRequest = { 
/**
 * The renewal token of the session before, if there was one. One that is no longer good is ignored.
 */
renewalToken?: string, };

/**
 * A visitor's session.
 */
export type VisitorSession = { 
/**
 * The visitor.
 */
visitorId: string, 
/**
 * The token for `Authorization: Bearer` and for sockets.
 */
accessToken: string, 
/**
 * For how many seconds it is good.
 */
expiresIn: number, 
/**
 * The token that renews the session; keep it instead of the one before.
 */
renewalToken: string, };

/**
 * Starts a conversation with its first message.
 */
export type StartConversationRequest = { 
/**
 * The client's name for the message; a repeat gets the same conversation and the first one's `seq`.
 */
clientId: string, 
/**
 * 1–10,000 characters of plain text.
 */
text: string, };

/**
 * A conversation that has just been started, or that a repeat found.
 */
export type StartedConversation = { 
/**
 * The conversation.
 */
conversation: Conversation, 
/**
 * The `seq` of the first message.
 */
seq: number, 
/**
 * When it was stored.
 */
at: number, 
/**
 * Whether an earlier request had stored it.
 */
duplicate: boolean, };

/**
 * Changes a conversation. Fields that are absent stay as they are.
 */
export type UpdateConversationRequest = { 
/**
 * The new status.
 */
status?: ConversationStatus, 
/**
 * With the status `snoozed`: until when, a time from now on and within a year; `null` or absent: until the visitor answers.
 */
snoozedUntil?: number | null, 
/**
 * How urgent it is from now on.
 */
priority?: Priority, 
/**
 * The user it belongs to from now on; `null` for nobody.
 */
assigneeId?: string | null, 
/**
 * The department it belongs to from now on; `null` for none: the general queue.
 */
departmentId?: string | null, };

/**
 * A page of a conversation's history, ascending by `seq`.
 */
export type History = { 
/**
 * Who every `by` among the events is, in this answer.
 */
people: People, 
/**
 * The events.
 */
events: Array<CompactEvent>, 
/**
 * The `seq` of the last event of this audience before the page; 0 when the page begins at the first.
 */
prev: number, 
/**
 * Whether events follow after the page.
 */
more: boolean, 
/**
 * The `seq` of the last event this audience may see.
 */
head: number, };

/**
 * A page of a list.
 */
export type List<T> = { 
/**
 * The items, in the list's order.
 */
items: Array<T>, 
/**
 * What to pass as `cursor` for the next page; absent on the last.
 */
nextCursor?: string, };

/**
 * A tag. Visitors never learn of any.
 */
export type Tag = { 
/**
 * Its id.
 */
id: string, 
/**
 * What it is called: unique among tags that are not archived, whatever the case of its letters.
 */
name: string, 
/**
 * Its colour, `#rrggbb`.
 */
color: string, 
/**
 * What it is for.
 */
description?: string, 
/**
 * Since when nobody can put it on a conversation any more; those that have it keep it.
 */
archivedAt?: number, 
/**
 * The tag that takes its place on every conversation.
 */
mergedInto?: string, 
/**
 * How many conversations that whoever asks may read have it, or a tag that is merged into it, as far as the document
 * store has heard.
 */
conversations: number, 
/**
 * Raised by every change; its `ETag`.
 */
version: number, 
/**
 * When it was made.
 */
createdAt: number, 
/**
 * When it was last changed.
 */
updatedAt: number, };

/**
 * Makes a tag.
 */
export type CreateTag = { 
/**
 * 1–100 characters on one line.
 */
name: string, 
/**
 * `#rrggbb`.
 */
color: string, 
/**
 * At most 1,000 characters.
 */
description?: string, };

/**
 * Changes a tag. Fields that are absent stay as they are.
 */
export type UpdateTag = { 
/**
 * The new name.
 */
name?: string, 
/**
 * The new colour.
 */
color?: string, 
/**
 * The new description; `null` for none.
 */
description?: string | null, 
/**
 * Whether it is archived from now on.
 */
archived?: boolean, };

/**
 * Merges a tag into another, which takes its place on every conversation.
 */
export type MergeTag = { 
/**
 * The tag that stays.
 */
into: string, };

/**
 * A department. Visitors never learn of any.
 */
export type Department = { 
/**
 * Its id.
 */
id: string, 
/**
 * What it is called: unique among departments that are not archived, whatever the case of its letters.
 */
name: string, 
/**
 * Its colour, `#rrggbb`.
 */
color: string, 
/**
 * What it is for.
 */
description?: string, 
/**
 * When somebody is there; always, where it is absent.
 */
hours?: BusinessHours, 
/**
 * How its queue is worked off; as the general queue, by the settings, where it is absent.
 */
policy?: Policy, 
/**
 * Since when no conversation can be moved into it any more; those that are in it stay.
 */
archivedAt?: number, 
/**
 * How many people are in it.
 */
members: number, 
/**
 * How many conversations are in it that whoever asks may read, as far as the document store has heard.
 */
conversations: number, 
/**
 * Raised by every change; its `ETag`.
 */
version: number, 
/**
 * When it was made.
 */
createdAt: number, 
/**
 * When it was last changed.
 */
updatedAt: number, };

/**
 * Makes a department.
 */
export type CreateDepartment = { 
/**
 * 1–100 characters on one line.
 */
name: string, 
/**
 * `#rrggbb`.
 */
color: string, 
/**
 * At most 1,000 characters.
 */
description?: string, 
/**
 * When somebody is there; always, where it is absent.
 */
hours?: BusinessHours, 
/**
 * How its queue is worked off; as the general queue, where it is absent.
 */
policy?: Policy, };

/**
 * Changes a department. Fields that are absent stay as they are.
 */
export type UpdateDepartment = { 
/**
 * The new name.
 */
name?: string, 
/**
 * The new colour.
 */
color?: string, 
/**
 * The new description; `null` for none.
 */
description?: string | null, 
/**
 * The new hours, in the place of the old ones; `null` for always.
 */
hours?: BusinessHours | null, 
/**
 * How its queue is worked off from now on, in the place of what was; `null` for as the general queue.
 */
policy?: Policy | null, 
/**
 * Whether it is archived from now on.
 */
archived?: boolean, };

/**
 * A role.
 */
export type TeamRole = { 
/**
 * Its id: `admin` and `agent` are built in.
 */
id: string, 
/**
 * What it is called: unique, whatever the case of its letters.
 */
name: string, 
/**
 * What it is for.
 */
description?: string, 
/**
 * Whether it is built in, and so neither changed nor deleted.
 */
builtIn: boolean, 
/**
 * What it permits: names of permissions, with the reach behind a colon where that is not everything, as in
 * `read_conversations:departments`.
 */
permissions: string[], 
/**
 * How many people have it.
 */
people: number, 
/**
 * Raised by every change; its `ETag`.
 */
version: number, 
/**
 * When it was made; absent where it is built in.
 */
createdAt?: number, 
/**
 * When it was last changed; absent where it is built in.
 */
updatedAt?: number, };

/**
 * Makes a role. Nobody gives a role what they may not do themselves.
 */
export type CreateRole = { 
/**
 * 1–100 characters on one line.
 */
name: string, 
/**
 * At most 1,000 characters.
 */
description?: string, 
/**
 * What it permits, each permission once. One's own account is everybody's.
 */
permissions: Array<string>, };

/**
 * Changes a role. Fields that are absent stay as they are.
 */
export type UpdateRole = { 
/**
 * The new name.
 */
name?: string, 
/**
 * The new description; `null` for none.
 */
description?: string | null, 
/**
 * What it permits from now on, in the place of what it did.
 */
permissions?: Array<string>, };

/**
 * A role to begin with.
 */
export type RolePreset = { 
/**
 * What it is, for programs: `supervisor`, `own_only`, `reader` or `queue_manager`.
 */
key: string, 
/**
 * What it permits.
 */
permissions: string[], };

/**
 * Asks what somebody with these permissions would see.
 */
export type PreviewRole = { 
/**
 * What the role permits.
 */
permissions: Array<string>, 
/**
 * The departments that they would be in.
 */
departments?: Array<string>, };

/**
 * What somebody would see, and could do.
 */
export type RolePreview = { 
/**
 * What they could do, as the role would be kept.
 */
permissions: string[], 
/**
 * How many conversations they would see, of those that whoever asks sees, apart from such as were assigned to them.
 */
conversations: number, 
/**
 * How many whoever asks sees.
 */
of: number, };

/**
 * A stable name for the reason of a failure, for programs.
 */
export type ProblemCode = "malformed_body" | "invalid_request" | "unauthenticated" | "wrong_credentials" | "session_ended" | "forbidden" | "wrong_setup_token" | "not_found" | "method_not_allowed" | "already_set_up" | "client_id_reused" | "conversation_closed" | "duplicate_key" | "in_use" | "archived" | "too_many_tags" | "last_admin" | "mail_not_set_up" | "history_lost" | "invitation_over" | "link_spent" | "precondition_failed" | "body_too_large" | "unsupported_media_type" | "invalid_field" | "nothing_to_change" | "empty_message" | "message_too_long" | "invalid_client_id" | "upgrade_required" | "rate_limited" | "too_many_connections" | "internal" | "misconfigured" | "unavailable";

/**
 * What is wrong with one field of a body.
 */
export type FieldError = { 
/**
 * Which: a JSON pointer (RFC 6901) into the body, such as `/status`; empty for the body itself.
 */
pointer: string, 
/**
 * What is wrong with it, in words.
 */
detail: string, };

/**
 * Why a request failed: RFC 9457 problem details, `application/problem+json`.
 */
export type Problem = { 
/**
 * A URI reference that names the kind of problem and leads to its description.
 */
type: string, 
/**
 * The kind of problem in words, the same for every occurrence.
 */
title: string, 
/**
 * The HTTP status.
 */
status: number, 
/**
 * What was wrong and what would be right.
 */
detail: string, 
/**
 * A stable name for the reason, for programs.
 */
code: ProblemCode, 
/**
 * The fields of the body that do not fit.
 */
errors?: Array<FieldError>, 
/**
 * The request's id, as in `x-request-id` and in the logs.
 */
requestId: string, };

/**
 * That the Worker runs.
 */
export type Health = { 
/**
 * `ok`.
 */
status: string, };

/**
 * Whether the parts the product stands on answer.
 */
export type Readiness = { 
/**
 * True when every check passed.
 */
ready: boolean, 
/**
 * The parts, each with `ok` or what went wrong.
 */
checks: { [key in string]: string }, };

/**
 * What happened to the documents of an import.
 */
export type Imported = { 
/**
 * How many were not there and are now.
 */
inserted: number, 
/**
 * How many were there already.
 */
present: number, };

/**
 * How far a conversation's events are from being in the document store.
 */
export type Backlog = { 
/**
 * The conversation.
 */
conversationId: string, 
/**
 * How many events are still to be stored.
 */
events: number, 
/**
 * When the oldest of them happened, in milliseconds since the Unix epoch.
 */
since: number | null, 
/**
 * How many events the store has refused for good; they wait to be tried again.
 */
setAside: number, 
/**
 * Why the first of those was refused, in the store's words.
 */
reason: string | null, };

/**
 * What is waiting for the document store in the whole deployment, as far as rooms have reported trouble.
 */
export type OutboxStatus = { 
/**
 * How many conversations have events that could not be stored yet.
 */
conversations: number, 
/**
 * How many events those are, as last reported.
 */
events: number, 
/**
 * When the oldest of them happened, in milliseconds since the Unix epoch.
 */
since: number | null, 
/**
 * How many events the store has refused for good, in all conversations.
 */
setAside: number, 
/**
 * The first of the conversations concerned, those that wait longest first.
 */
backlogs: Array<Backlog>, };

/**
 * A kind of jobs: they share a queue, and nothing else waits for them.
 */
export type JobKind = "audit" | "merge-tag" | "mail" | "end-tokens" | "leave" | "end-role";

/**
 * How many jobs of a kind there are.
 */
export type JobQueue = { 
/**
 * The kind.
 */
kind: JobKind, 
/**
 * How many are to be run, or running.
 */
waiting: number, 
/**
 * How many were given up: dead letters.
 */
dead: number, };

/**
 * A job that was given up. It stays until it is tried again with success.
 */
export type DeadJob = { 
/**
 * Its idempotency key, which names it among its kind.
 */
key: string, 
/**
 * What was to be done, as JSON.
 */
job: string, 
/**
 * How often it was tried.
 */
attempts: number, 
/**
 * Since when it failed, in milliseconds since the Unix epoch.
 */
failingSince: number | null, 
/**
 * What the last attempt met.
 */
reason: string, };

/**
 * Has dead letters of a kind tried again, from the first attempt.
 */
export type RetryJobs = { 
/**
 * Which; all of the kind where it is absent.
 */
key?: string, };

/**
 * A language that the product speaks to people outside of the dashboard.
 */
export type Language = "en" | "de" | "fr" | "es";

/**
 * Which conversations agents may open.
 */
export type AgentsSee = "departments" | "assigned";

/**
 * The settings of the deployment.
 */
export type Settings = { 
/**
 * What the deployment is called: the company's name, in mails for instance.
 */
name: string, 
/**
 * The language of whoever has chosen none.
 */
language: Language, 
/**
 * The time zone of whoever has chosen none, by its IANA name.
 */
timeZone: string, 
/**
 * The address that mails come from; without one none are sent.
 */
mailFrom?: string, 
/**
 * How many days a sign-in lasts after its last use.
 */
sessionDays: number, 
/**
 * Which conversations agents may open.
 */
agentsSee: AgentsSee, 
/**
 * How the general queue is worked off, and the queue of every department that says nothing else.
 */
policy: Policy, 
/**
 * Raised by every change; the settings' `ETag`.
 */
version: number, 
/**
 * When they were last changed; 0 where nobody has.
 */
updatedAt: number, };

/**
 * Changes settings. Fields that are absent stay as they are.
 */
export type UpdateSettings = { 
/**
 * 1–100 characters on one line.
 */
name?: string, 
/**
 * The new language.
 */
language?: Language, 
/**
 * The IANA name of a time zone, such as `Europe/Berlin`.
 */
timeZone?: string, 
/**
 * The new address; `null` for none.
 */
mailFrom?: string | null, 
/**
 * 1 to 90.
 */
sessionDays?: number, 
/**
 * Which conversations agents may open from now on.
 */
agentsSee?: AgentsSee, 
/**
 * How the general queue is worked off from now on, in the place of what was.
 */
policy?: Policy, };

/**
 * Who takes mails from this deployment.
 */
export type MailSender = "cloudflare" | "resend" | "mailbox";

/**
 * What must be set before mails can be sent.
 */
export type MailNeed = "sender" | "binding" | "key" | "publicUrl" | "from";

/**
 * What a mail is about.
 */
export type MailTemplate = "invitation" | "passwordReset" | "newDevice" | "emailChange" | "test";

/**
 * Where a mail stands.
 */
export type MailState = "waiting" | "sent" | "dropped" | "givenUp";

/**
 * A mail that was sent, or is to be.
 */
export type SentMail = { 
/**
 * Which; also the key of its job.
 */
id: string, 
/**
 * What it is about.
 */
template: MailTemplate, 
/**
 * Whom it goes to.
 */
to: string, 
/**
 * Where it stands.
 */
state: MailState, 
/**
 * How often it was tried.
 */
attempts: number, 
/**
 * The id that whoever took it gave it.
 */
messageId?: string, 
/**
 * What the last try met, where it was not sent.
 */
reason?: string, 
/**
 * When it was first tried.
 */
createdAt: number, 
/**
 * When it was last tried.
 */
updatedAt: number, };

/**
 * Whether mails can be sent, and what became of the last ones.
 */
export type MailStatus = { 
/**
 * Who takes them; absent where the deployment names nobody.
 */
sender?: MailSender, 
/**
 * Where links in mails lead.
 */
publicUrl?: string, 
/**
 * The address they come from.
 */
from?: string, 
/**
 * What is missing. Nothing: mails are sent.
 */
missing: Array<MailNeed>, 
/**
 * The last 50 mails of the last 30 days, the latest first.
 */
recent: Array<SentMail>, };

/**
 * A test mail that is on its way.
 */
export type TestMail = { 
/**
 * Which of the mails it is, in the mail's status.
 */
id: string, 
/**
 * Whom it goes to: whoever asked for it.
 */
to: string, };

/**
 * A mail that was not sent, but kept for whoever develops the product.
 */
export type MailboxMail = { 
/**
 * Which; also the key of its job.
 */
id: string, 
/**
 * When it came.
 */
at: number, 
/**
 * Its headers, each a name and a value.
 */
headers: Array<[string, string]>, 
/**
 * As plain text.
 */
text: string, 
/**
 * As HTML.
 */
html: string, };
