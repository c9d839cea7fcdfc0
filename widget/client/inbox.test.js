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

test('on reset it reads the list anew and goes on from the head', async () => {
  let items = [summary('a', 1, 1)];
  answers.set(LIST, () => ({ items }));
  const { client, socket } = await open();
  welcomed(socket);
  items = [summary('b', 1, 1)];
  socket.say({ type: 'reset', head: 4000 });
  assert.deepEqual(socket.frames('resume'), [{ type: 'resume', after: 4000 }]);
  await settle();
  assert.deepEqual(shown(client), ['b1']);
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
