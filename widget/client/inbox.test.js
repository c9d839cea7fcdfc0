import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { InboxClient } from './inbox.js';
import { AGENT, answers, conversation, pass, setUp, settle, sockets, tearDown } from './testing.js';

beforeEach(setUp);
afterEach(tearDown);

const ALL = { status: 'all' };
const OPEN = { status: 'open' };
const LIST = '/api/v1/conversations?';

function summary(id, head, updatedAt, changes = {}) {
  return { ...conversation(head), id, updatedAt, unread: 0, lastMessage: null, ...changes };
}

async function open() {
  const client = new InboxClient({ baseUrl: 'https://shop.example', token: async () => 'token' });
  client.open();
  client.loadMore(ALL);
  await settle();
  const socket = sockets.at(-1);
  return { client, socket };
}

function welcomed(socket, changes = []) {
  socket.accept();
  socket.say({ type: 'welcome', you: AGENT, head: 9, heartbeatSeconds: 30 }, { type: 'page', changes, more: false });
}

const NOTHING = { counts: [], attention: [] };
function welcomeOnly(socket, changes = {}) {
  socket.accept();
  socket.say({ type: 'welcome', you: AGENT, head: 9, heartbeatSeconds: 30, scope: 'all', chosen: 'online', people: [], ...changes });
}

const all = (client) => client.state.list(ALL);
const shown = (client, filter = ALL) => client.state.list(filter).conversations.map(({ id, head }) => `${id}${head}`);

test('merges the list and the feed by the higher head, newest first', async () => {
  answers.set(LIST, () => ({ items: [summary('a', 5, 500), summary('b', 3, 300)] }));
  const { client, socket } = await open();
  welcomed(socket, [{ seq: 4, conversation: summary('a', 4, 400) }, { seq: 9, conversation: summary('c', 1, 900) }]);
  assert.deepEqual(shown(client), ['c1', 'a5', 'b3']);
  socket.say({ type: 'change', seq: 10, conversation: summary('b', 4, 1000) });
  assert.deepEqual(shown(client), ['b4', 'c1', 'a5']);
  assert.equal(all(client).hasMore, false);
});

test('resumes the feed from its last change', async () => {
  answers.set(LIST, () => ({ items: [] }));
  const { client, socket } = await open();
  welcomed(socket, [{ seq: 9, conversation: summary('a', 1, 1) }]);
  socket.say({ type: 'change', seq: 12, conversation: summary('b', 1, 2) });
  socket.end(1012);
  await pass(500);
  assert.equal(sockets[1].url.searchParams.get('after'), '12');
  assert.equal(client.state.connection.name, 'connecting');
});

test('a line disappears when its conversation may be seen no more, and comes back by the feed alone', async () => {
  answers.set(LIST, () => ({ items: [summary('a', 5, 500), summary('b', 3, 300)] }));
  const { client, socket } = await open();
  welcomed(socket);
  socket.say({ type: 'gone', seq: 10, id: 'a' });
  assert.deepEqual(shown(client), ['b3']);
  // The list is a moment behind.
  client.merge(summary('a', 6, 600));
  assert.deepEqual(shown(client), ['b3']);
  socket.say({ type: 'page', changes: [], gone: [{ seq: 12, id: 'b' }], more: true });
  assert.deepEqual(shown(client), []);
  assert.deepEqual(socket.frames('resume'), [{ type: 'resume', after: 12 }]);
  socket.say({ type: 'change', seq: 13, conversation: summary('a', 7, 700) });
  assert.deepEqual(shown(client), ['a7']);
});

test('asks for page after page of the feed', async () => {
  answers.set(LIST, () => ({ items: [] }));
  const { socket } = await open();
  socket.accept();
  socket.say({ type: 'welcome', you: AGENT, head: 9, heartbeatSeconds: 30 });
  socket.say({ type: 'page', changes: [{ seq: 3, conversation: summary('a', 1, 1) }], more: true });
  assert.deepEqual(socket.frames('resume'), [{ type: 'resume', after: 3 }]);
});

test('on reset everything is forgotten, and the snapshot and the lists take its place', async () => {
  let items = [summary('a', 1, 1), summary('c', 1, 3)];
  answers.set(LIST, () => ({ items }));
  const { client, socket } = await open();
  welcomed(socket);
  items = [summary('b', 1, 1)];
  socket.say({ type: 'reset', head: 4000 });
  assert.deepEqual(shown(client), []);
  socket.say({ type: 'snapshot', head: 4000, changes: [{ seq: 3990, conversation: summary('c', 2, 4) }], standing: NOTHING });
  await settle();
  assert.deepEqual(shown(client), ['c2', 'b1']);
  assert.deepEqual(socket.frames('resume'), []);
  // The feed goes on after it, and what was gone before may be told of again.
  socket.end(1012);
  await pass(500);
  assert.equal(sockets[1].url.searchParams.get('after'), '4000');
});

test('the first snapshot leaves what the list has brought already', async () => {
  answers.set(LIST, () => ({ items: [summary('a', 5, 500)] }));
  const { client, socket } = await open();
  await settle();
  welcomeOnly(socket);
  socket.say({ type: 'snapshot', head: 9, changes: [{ seq: 9, conversation: summary('b', 1, 900) }], standing: NOTHING });
  assert.deepEqual(shown(client), ['b1', 'a5']);
  assert.equal(all(client).loaded, true);
});

test('loads older conversations by the cursor', async () => {
  answers.set(LIST, (path) =>
    path.includes('cursor=next') ? { items: [summary('b', 1, 1)] } : { items: [summary('a', 1, 2)], nextCursor: 'next' },
  );
  const { client } = await open();
  assert.equal(all(client).hasMore, true);
  await client.loadMore(ALL);
  assert.deepEqual(shown(client), ['a1', 'b1']);
  assert.equal(all(client).hasMore, false);
});

test('a list that could not be loaded is loaded when the feed is live', async () => {
  const { client, socket } = await open();
  assert.notEqual(all(client).error, undefined);
  answers.set(LIST, () => ({ items: [summary('a', 1, 1)] }));
  welcomed(socket);
  await settle();
  assert.equal(all(client).loaded, true);
  assert.equal(all(client).error, undefined);
});

test('a list that cannot be loaded shows what the feed knows, and is asked for again', async () => {
  const { client, socket } = await open();
  welcomed(socket, [{ seq: 9, conversation: summary('b', 2, 2) }]);
  await settle();
  const { error } = all(client);
  assert.notEqual(error, undefined);
  assert.deepEqual([shown(client), all(client).loaded], [['b2'], false]);
  await pass(10_000);
  assert.equal(all(client).error, error, 'the same failure still stands');
  answers.set(LIST, () => ({ items: [summary('b', 2, 2), summary('a', 1, 1)] }));
  await pass(10_000);
  assert.deepEqual([shown(client), all(client).loaded, all(client).error], [['b2', 'a1'], true, undefined]);
  client.close();
});

test('a list of one status has its own pages, and shows nothing beyond them', async () => {
  answers.set(LIST, (path) => {
    if (!path.includes('status=open')) {
      return { items: [summary('a', 1, 50, { status: 'closed' }), summary('z', 1, 10)] };
    }
    return path.includes('cursor=next')
      ? { items: [summary('c', 1, 20), summary('z', 1, 10)] }
      : { items: [summary('b', 1, 30)], nextCursor: 'next' };
  });
  const { client, socket } = await open();
  await client.loadMore(OPEN);
  assert.deepEqual(shown(client, OPEN), ['b1']);
  await client.loadMore(OPEN);
  assert.deepEqual(shown(client, OPEN), ['b1', 'c1', 'z1']);
  welcomed(socket);
  socket.say({ type: 'change', seq: 10, conversation: summary('b', 2, 30, { status: 'resolved', unread: 3 }) });
  assert.deepEqual(shown(client, OPEN), ['c1', 'z1']);
  assert.equal(client.state.unread, 1);
});

test('a list of a department is narrowed to it, and what is moved leaves it for the other', async () => {
  const of = (id, department, updatedAt, head = 1) => ({ ...summary(id, head, updatedAt), ...(department && { department }) });
  answers.set(`${LIST}limit=50&department=sales`, () => ({ items: [of('a', 'sales', 500)] }));
  answers.set(`${LIST}limit=50&department=none`, () => ({ items: [of('b', undefined, 400)] }));
  const { client, socket } = await open();
  const [sales, queue] = [{ status: 'all', department: 'sales' }, { status: 'all', department: 'none' }];
  await client.loadMore(sales);
  await client.loadMore(queue);
  assert.deepEqual([shown(client, sales), shown(client, queue)], [['a1'], ['b1']]);
  welcomed(socket, [{ seq: 9, conversation: of('b', 'sales', 400, 2) }, { seq: 10, conversation: of('a', undefined, 500, 2) }]);
  assert.deepEqual([shown(client, sales), shown(client, queue)], [['b2'], ['a2']]);
});

test('a list of a tag is narrowed to it and to what is merged into it', async () => {
  const tagged = (id, tags, updatedAt) => summary(id, 1, updatedAt, { tags });
  answers.set(`${LIST}limit=50&status=open&tag=t1`, () => ({ items: [tagged('a', ['t1'], 500), tagged('b', ['old'], 400)] }));
  answers.set(LIST, () => ({ items: [tagged('a', ['t1'], 500), tagged('b', ['old'], 400), tagged('c', ['t2'], 300)] }));
  const { client, socket } = await open();
  const filter = { status: 'open', tag: 't1', merged: ['old'] };
  await client.loadMore(filter);
  assert.deepEqual(shown(client, filter), ['a1', 'b1']);
  assert.deepEqual(shown(client), ['a1', 'b1', 'c1']);
  welcomed(socket, [{ seq: 9, conversation: { ...tagged('c', ['t1'], 600), head: 2 } }]);
  assert.deepEqual(shown(client, filter), ['c2', 'a1', 'b1']);
});

const VISITOR = { kind: 'visitor', id: 'v', name: 'Visitor' };
const written = (id, head, seq = head, changes = {}) =>
  summary(id, head, head, { unread: 1, lastMessage: { seq, at: head, actor: VISITOR, preview: `message ${seq}` }, ...changes });

test('tells of what visitors write from when it has caught up, once for each message, and of nothing else', async () => {
  answers.set(LIST, () => ({ items: [written('a', 3)] }));
  const told = [];
  const client = new InboxClient({
    baseUrl: 'https://shop.example',
    token: async () => 'token',
    onmessage: ({ id, lastMessage }) => told.push(`${id}${lastMessage.seq}`),
  });
  client.open();
  await client.loadMore(ALL);
  const socket = sockets.at(-1);
  socket.accept();
  socket.say({ type: 'welcome', you: AGENT, head: 9, heartbeatSeconds: 30 });
  // What there was before is in two pages.
  socket.say({ type: 'page', changes: [{ seq: 8, conversation: written('b', 2) }], more: true });
  socket.say({ type: 'page', changes: [{ seq: 9, conversation: written('c', 2) }], more: false });
  assert.deepEqual(told, []);
  const change = (seq, conversation) => socket.say({ type: 'change', seq, conversation });
  change(10, written('a', 4));
  change(11, written('a', 5, 4, { status: 'resolved' }));
  change(12, written('a', 6, 6, { lastMessage: { seq: 6, at: 6, actor: { kind: 'agent', ...AGENT }, preview: 'Hello' } }));
  change(13, written('a', 7, 7, { unread: 0 }));
  assert.deepEqual(told, ['a4']);
  // One that is not here: new, if the message is the last that happened.
  change(14, written('d', 1));
  change(15, written('e', 9, 4));
  assert.deepEqual(told, ['a4', 'd1']);
  // What happened while the connection was away is told when it is back.
  socket.end(1012);
  await pass(500);
  sockets.at(-1).accept();
  sockets.at(-1).say({ type: 'welcome', you: AGENT, head: 16, heartbeatSeconds: 30 });
  sockets.at(-1).say({ type: 'page', changes: [{ seq: 16, conversation: written('b', 3) }], more: false });
  assert.deepEqual(told, ['a4', 'd1', 'b3']);
  client.close();
});

test('the scope of the last welcome goes with what is resumed, and with nothing else', async () => {
  answers.set(LIST, () => ({ items: [] }));
  const { socket } = await open();
  assert.equal(socket.url.search, '');
  welcomeOnly(socket, { scope: 'departments-7 f' });
  // It is lost before anything has come.
  socket.end(1012);
  await pass(500);
  assert.equal(sockets[1].url.search, '');
  welcomeOnly(sockets[1], { scope: 'departments-8 f' });
  sockets[1].say({ type: 'snapshot', head: 9, changes: [], standing: NOTHING });
  sockets[1].end(1012);
  await pass(2000);
  assert.equal(sockets[2].url.search, '?after=9&scope=departments-8%20f');
  // With another scope it is told to forget; until then what is here is of the scope before.
  welcomeOnly(sockets[2], { scope: 'own' });
  sockets[2].end(1012);
  await pass(5000);
  assert.equal(sockets[3].url.search, '?after=9&scope=departments-8%20f');
  welcomeOnly(sockets[3], { scope: 'own' });
  sockets[3].say({ type: 'reset', head: 9 });
  sockets[3].end(1012);
  await pass(5000);
  assert.equal(sockets[4].url.search, '');
});

const BO = { id: 'bo', name: 'Bo', presence: 'online', since: 1, departments: ['sales'], load: 2, capacity: 5 };
const ADA = { id: AGENT.id, name: 'Ada', presence: 'online', since: 1, departments: [], load: 0, capacity: 5 };

test('counts are those of the last standing, moved by what happens live alone', async () => {
  answers.set(LIST, () => ({ items: [] }));
  const { client, socket } = await open();
  const count = (kind) => client.state.count(kind);
  const open_ = { status: 'open' };
  assert.equal(count(open_), undefined, 'not known yet');
  welcomeOnly(socket);
  const counts = [
    { status: 'open', whose: 'nobodys', conversations: 3 },
    { status: 'open', whose: 'mine', department: 'sales', conversations: 2 },
    { status: 'open', whose: 'others', department: 'sales', conversations: 4 },
    { status: 'snoozed', whose: 'mine', conversations: 1 },
  ];
  socket.say({ type: 'page', changes: [{ seq: 8, conversation: summary('a', 1, 1) }], more: true });
  socket.say({ type: 'page', changes: [{ seq: 9, conversation: summary('b', 1, 1) }], gone: [{ seq: 7, id: 'z' }], more: false, standing: { counts, attention: [] } });
  assert.deepEqual(
    [count(open_), count({ ...open_, whose: 'mine' }), count({ ...open_, department: 'sales' }), count({ ...open_, department: 'none' }), count({ status: 'snoozed' }), count({ status: 'pending' })],
    [9, 2, 6, 3, 1, 0],
  );
  const change = (seq, was, changes) => socket.say({ type: 'change', seq, conversation: summary('a', seq, seq, changes), ...(was && { was }) });
  change(10, { status: 'open' }, { assignee: { kind: 'agent', ...AGENT }, department: 'sales' });
  assert.deepEqual([count(open_), count({ ...open_, whose: 'nobodys' }), count({ ...open_, whose: 'mine', department: 'sales' })], [9, 2, 3]);
  change(11, { status: 'open', assignee: AGENT.id, department: 'sales' }, { status: 'resolved', assignee: { kind: 'agent', ...AGENT } });
  assert.deepEqual([count(open_), count({ ...open_, whose: 'mine' })], [8, 2]);
  change(12, undefined, {});
  assert.deepEqual([count(open_), count({ ...open_, whose: 'nobodys' })], [9, 3]);
  socket.say({ type: 'gone', seq: 13, id: 'y', was: { status: 'open', assignee: 'bo', department: 'sales' } }, { type: 'gone', seq: 14, id: 'done' });
  assert.deepEqual([count(open_), count({ ...open_, whose: 'others' })], [8, 3]);
  client.close();
});

test('what is live and random comes to the same counts as a fresh snapshot', async () => {
  answers.set(LIST, () => ({ items: [] }));
  let seed = 7;
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
  const pick = (list) => list[random(list.length)];
  const server = new Map();
  // As the server counts: what this reader may see (not department "secret", unless it is theirs), and is not done.
  const sees = ({ department, assignee }) => department !== 'secret' || assignee?.id === AGENT.id;
  const isActive = ({ status }) => status !== 'resolved' && status !== 'closed';
  const standing = () => {
    const counts = new Map();
    for (const one of [...server.values()].filter((one) => sees(one) && isActive(one))) {
      const whose = one.assignee === null ? 'nobodys' : one.assignee.id === AGENT.id ? 'mine' : 'others';
      const key = JSON.stringify({ status: one.status, whose, ...(one.department && { department: one.department }) });
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return { counts: Array.from(counts, ([key, conversations]) => ({ ...JSON.parse(key), conversations })), attention: [] };
  };
  const wasOf = ({ status, assignee, department }) => ({ status, ...(assignee && { assignee: assignee.id }), ...(department && { department }) });
  let seq = 9;
  const happen = () => {
    const id = `c${random(25)}`;
    const before = server.get(id);
    const now = summary(id, ++seq, seq, {
      status: pick(['open', 'open', 'pending', 'snoozed', 'resolved', 'closed']),
      assignee: pick([null, { kind: 'agent', ...AGENT }, { kind: 'agent', id: 'bo', name: 'Bo' }]),
      department: pick([undefined, 'sales', 'secret']),
    });
    server.set(id, now);
    const saw = before !== undefined && sees(before);
    const was = before && isActive(before) && saw ? { was: wasOf(before) } : {};
    if (sees(now)) {
      return { type: 'change', seq, conversation: now, ...was };
    }
    return saw ? { type: 'gone', seq, id, ...was } : undefined;
  };
  const { client, socket } = await open();
  welcomeOnly(socket);
  Array.from({ length: 40 }, happen);
  socket.say({ type: 'snapshot', head: seq, changes: [], standing: standing() });
  const kinds = ['open', 'pending', 'snoozed'].flatMap((status) =>
    [undefined, 'mine', 'others', 'nobodys'].flatMap((whose) =>
      [undefined, 'none', 'sales', 'secret'].map((department) => ({ status, ...(whose && { whose }), ...(department && { department }) })),
    ),
  );
  const counted = (state) => kinds.map((kind) => state.count(kind));
  for (let round = 0; round < 300; round += 1) {
    const frame = happen();
    if (frame) {
      socket.say(frame);
    }
    if (round % 60 === 59) {
      const moved = counted(client.state);
      socket.say({ type: 'snapshot', head: seq, changes: [], standing: standing() });
      assert.deepEqual(moved, counted(client.state), `round ${round}`);
    }
  }
  client.close();
});

test('people and what one has chosen are known, also where another device of theirs chose it', async () => {
  answers.set(LIST, () => ({ items: [] }));
  const { client, socket } = await open();
  assert.equal(client.choosePresence('busy'), false, 'nobody is there to hear it');
  assert.equal(client.state.chosen, undefined);
  welcomeOnly(socket, { people: [BO, ADA], chosen: 'online' });
  assert.deepEqual(client.state.people, [BO, ADA]);
  socket.say({ type: 'person', ...BO, presence: 'away', load: 3 });
  assert.equal(client.state.people[0].load, 3);
  assert.equal(client.choosePresence('offline', true), true);
  assert.equal(client.choosePresence('busy'), true);
  assert.deepEqual(socket.frames('presence'), [{ type: 'presence', chosen: 'offline', giveBack: true }, { type: 'presence', chosen: 'busy' }]);
  assert.equal(client.state.chosen, 'busy');
  const is = (presence) => (socket.say({ type: 'person', ...ADA, presence }), client.state.chosen);
  assert.equal(is('online'), 'online');
  assert.equal(is('away'), 'online', 'untouched, not chosen');
  assert.equal(is('busy'), 'busy');
  assert.equal(is('away'), 'away');
  client.askPeople();
  assert.deepEqual(socket.frames('people'), [{ type: 'people' }]);
  socket.say({ type: 'people', people: [ADA] });
  assert.deepEqual(client.state.people, [ADA]);
  client.close();
});

test('who else looks at a conversation is known until they do no more, or it is gone', async () => {
  answers.set(LIST, () => ({ items: [] }));
  const { client, socket } = await open();
  const me = { id: AGENT.id, name: 'Ada', replying: false, claims: false };
  const bo = { id: 'bo', name: 'Bo', replying: true, claims: true };
  welcomeOnly(socket);
  socket.say({ type: 'snapshot', head: 9, changes: [], standing: { counts: [], attention: [{ id: 'a', people: [me, bo] }, { id: 'b', people: [me] }] } });
  assert.deepEqual([client.state.attention('a'), client.state.attention('b')], [[bo], []]);
  socket.say({ type: 'attention', id: 'b', people: [bo] }, { type: 'attention', id: 'a', people: [me] });
  assert.deepEqual([client.state.attention('a'), client.state.attention('b')], [[], [bo]]);
  socket.say({ type: 'gone', seq: 10, id: 'b' });
  assert.deepEqual(client.state.attention('b'), []);
  client.close();
});

test('what one looks at and that one is idle is said once, and again after a reconnection', async () => {
  answers.set(LIST, () => ({ items: [] }));
  const { client, socket } = await open();
  const said = ({ sent }) => sent.filter(({ type }) => ['attend', 'claim', 'idle'].includes(type));
  client.attend('a', false);
  assert.deepEqual(said(socket), []);
  welcomeOnly(socket);
  assert.deepEqual(said(socket), [{ type: 'attend', conversation: 'a', replying: false }]);
  client.attend('a', false);
  client.attend('a', true);
  client.idle(true);
  client.idle(true);
  assert.deepEqual(said(socket).slice(1), [{ type: 'attend', conversation: 'a', replying: true }, { type: 'idle', active: true }]);
  socket.end(1012);
  await pass(500);
  welcomeOnly(sockets[1]);
  assert.deepEqual(said(sockets[1]), [{ type: 'attend', conversation: 'a', replying: true }, { type: 'idle', active: true }]);
  client.attend(null, false);
  client.idle(false);
  sockets[1].end(1012);
  await pass(2000);
  welcomeOnly(sockets[2]);
  assert.deepEqual(said(sockets[2]), [], 'a new connection takes it for granted');
  client.close();
});

test('a claim is said again after a reconnection, while its conversation is being answered', async () => {
  answers.set(LIST, () => ({ items: [] }));
  const { client, socket } = await open();
  welcomeOnly(socket);
  const said = ({ sent }) => sent.filter(({ type }) => ['attend', 'claim'].includes(type));
  client.attend('a', false);
  client.claim('a');
  client.attend('a', true);
  assert.deepEqual(said(socket).slice(1), [{ type: 'claim', conversation: 'a' }]);
  socket.end(1012);
  await pass(500);
  welcomeOnly(sockets[1]);
  assert.deepEqual(said(sockets[1]), [{ type: 'claim', conversation: 'a' }]);
  client.attend('a', false);
  client.attend('a', true);
  assert.deepEqual(said(sockets[1]).slice(1).map(({ type, replying }) => [type, replying]), [['attend', false], ['attend', true]]);
  client.close();
});

test('what is refused for haste is said when the time has come', async () => {
  answers.set(LIST, () => ({ items: [] }));
  const { client, socket } = await open();
  welcomeOnly(socket);
  client.attend('a', false);
  socket.say({ type: 'error', code: 'rate_limited', message: '', retryAfterMs: 700 });
  client.attend('b', true);
  assert.equal(socket.frames('attend').length, 1);
  await pass(700);
  assert.deepEqual(socket.frames('attend').at(-1), { type: 'attend', conversation: 'b', replying: true });
  client.close();
});

test('the queue lists the longest waiting first, and all of it where the count says so', async () => {
  const paths = [];
  answers.set(LIST, (path) => (paths.push(path), { items: [] }));
  const { client, socket } = await open();
  welcomeOnly(socket);
  const queue = { status: 'open', whose: 'nobodys' };
  const mine = { status: 'open', whose: 'mine' };
  assert.equal(client.state.list(queue).loaded, false);
  const changes = [
    { seq: 5, conversation: summary('a', 1, 90, { openedAt: 40 }) },
    { seq: 6, conversation: summary('b', 1, 80, { openedAt: 30 }) },
    { seq: 7, conversation: summary('c', 1, 70, { assignee: { kind: 'agent', ...AGENT } }) },
    { seq: 8, conversation: summary('d', 1, 60, { status: 'snoozed' }) },
  ];
  const counts = [
    { status: 'open', whose: 'nobodys', conversations: 2 },
    { status: 'open', whose: 'mine', conversations: 2 },
  ];
  socket.say({ type: 'snapshot', head: 9, changes, standing: { counts, attention: [] } });
  assert.deepEqual(shown(client, queue), ['b1', 'a1']);
  assert.deepEqual([client.state.list(queue).loaded, client.state.list(queue).hasMore], [true, false]);
  assert.deepEqual([shown(client, mine), client.state.list(mine).loaded, client.state.list(mine).hasMore], [['c1'], true, true]);
  await client.loadMore(mine);
  await client.loadMore(queue);
  assert.deepEqual(paths.slice(1).map((path) => path.split('?')[1]), [`limit=50&status=open&assignee=${AGENT.id}`, 'limit=50&status=open&assignee=none']);
  client.close();
});

test('of two summaries of one head the one of the higher revision counts', async () => {
  answers.set(LIST, () => ({ items: [] }));
  const { client, socket } = await open();
  welcomed(socket, [{ seq: 9, conversation: summary('a', 3, 3, { revision: 2, priority: 'high' }) }]);
  client.merge(summary('a', 3, 3, { revision: 1 }));
  assert.equal(client.state.get('a').priority, 'high');
  client.merge(summary('a', 3, 3, { revision: 3 }));
  assert.equal(client.state.get('a').priority, undefined);
  client.close();
});

test('after a reset it tells of what visitors have written meanwhile, and of nothing older', async () => {
  answers.set(LIST, () => ({ items: [] }));
  const told = [];
  const client = new InboxClient({ baseUrl: 'https://shop.example', token: async () => 'token', onmessage: ({ id }) => told.push(id) });
  client.open();
  await settle();
  const socket = sockets.at(-1);
  welcomeOnly(socket);
  const at = (id, head, more) => ({ seq: head, conversation: written(id, head, head, more) });
  socket.say({ type: 'snapshot', head: 9, changes: [at('a', 3), at('b', 9)], standing: NOTHING });
  assert.deepEqual(told, []);
  socket.say({ type: 'reset', head: 4000 });
  socket.say({ type: 'snapshot', head: 4000, changes: [at('old', 2), at('b', 9), at('a', 20), at('new', 30), at('read', 40, { unread: 0 })], standing: NOTHING });
  assert.deepEqual(told, ['a', 'new']);
  client.close();
});
