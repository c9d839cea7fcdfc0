import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ConversationClient } from './conversation.js';
import { PageStorage } from './facilities.js';
import {
  AGENT,
  FakeStorage,
  VISITOR,
  answers,
  conversation,
  event,
  fire,
  historyOf,
  message,
  pageOf,
  pass,
  setUp,
  settle,
  sockets,
  storageOfTwoTabs,
  tearDown,
  welcome,
} from './testing.js';

beforeEach(setUp);
afterEach(tearDown);

const ONE = message(1, 0, VISITOR, 'one', 'first');

async function open({ me = VISITOR, storage = new FakeStorage() } = {}) {
  const client = new ConversationClient({
    id: 'c',
    baseUrl: 'https://shop.example',
    token: async () => 'token',
    me,
    storage,
  });
  client.open();
  await settle();
  return { client, socket: sockets.at(-1), storage };
}

/** A client that is live, with one message of the visitor's. */
async function openLive(options = {}) {
  const opened = await open(options);
  opened.socket.accept();
  opened.socket.say(welcome(1, { you: options.me ?? VISITOR }), pageOf([ONE], 0));
  return opened;
}

/** Loses the connection and makes the next. */
async function reconnect(client) {
  sockets.at(-1).end();
  client.reconnect();
  await settle();
  sockets.at(-1).accept();
  return sockets.at(-1);
}

const texts = (client) => client.state.messages.map(({ text }) => text);
const sent = (socket) => socket.frames('send').map(({ text }) => text);
const stored = (frame, seq) => [
  message(seq, seq - 1, VISITOR, frame.text, frame.clientId),
  { type: 'ack', clientId: frame.clientId, seq, at: 1000 + seq, duplicate: false },
];

test('follows the room', async () => {
  const { client, socket } = await openLive();
  let calls = 0;
  client.subscribe(() => (calls += 1));
  socket.say(message(2, 1, AGENT, 'two'), event(3, 2, AGENT, 'status_changed', { status: 'resolved' }));
  assert.deepEqual(texts(client), ['one', 'two']);
  assert.equal(client.state.conversation.status, 'resolved');
  assert.equal(client.state.unread, 1);
  await settle();
  assert.equal(calls, 1, 'one call for what came in one go');
});

test('asks for page after page until it has caught up', async () => {
  const { client, socket } = await open();
  socket.accept();
  socket.say(welcome(3), pageOf([ONE], 0, true));
  assert.deepEqual(socket.frames('resume'), [{ type: 'resume', after: 1 }]);
  assert.equal(client.state.caughtUp, false);
  socket.say(pageOf([message(2, 1, AGENT, 'two'), message(3, 2, AGENT, 'three')], 1));
  assert.equal(client.state.caughtUp, true);
  assert.deepEqual(texts(client), ['one', 'two', 'three']);
});

test('closes a gap by resuming, once, and shows nothing out of order', async () => {
  const { client, socket } = await openLive();
  socket.say(message(3, 2, AGENT, 'three'), message(4, 3, AGENT, 'four'));
  assert.deepEqual(texts(client), ['one']);
  assert.deepEqual(socket.frames('resume'), [{ type: 'resume', after: 1 }]);
  socket.say(pageOf([message(2, 1, AGENT, 'two'), message(3, 2, AGENT, 'three'), message(4, 3, AGENT, 'four')], 1));
  assert.deepEqual(texts(client), ['one', 'two', 'three', 'four']);
  socket.say(message(5, 4, AGENT, 'five'));
  assert.equal(texts(client).at(-1), 'five');
});

test('a duplicate event changes nothing', async () => {
  const { client, socket } = await openLive();
  socket.say(message(2, 1, AGENT, 'two'), message(2, 1, AGENT, 'two'));
  assert.deepEqual(texts(client), ['one', 'two']);
  assert.equal(socket.frames('resume').length, 0);
});

test('reconnects from where it was', async () => {
  const { client } = await openLive();
  const socket = await reconnect(client);
  assert.equal(socket.url.searchParams.get('after'), '1');
  socket.say(welcome(2), pageOf([message(2, 1, AGENT, 'two')], 1));
  assert.deepEqual(texts(client), ['one', 'two']);
});

test('on reset it starts over from the last page of history', async () => {
  const { client, socket } = await openLive();
  client.send('unsent');
  answers.set('/api/v1/conversations/c/events?limit=50', () => historyOf([message(90, 89, AGENT, 'ninety')], 89));
  socket.say(welcome(91), { type: 'reset', head: 91 });
  await settle();
  assert.deepEqual(socket.frames('resume'), [{ type: 'resume', after: 90 }]);
  socket.say(pageOf([message(91, 90, AGENT, 'ninety-one')], 90));
  assert.deepEqual(texts(client), ['ninety', 'ninety-one', 'unsent']);
  assert.equal(client.state.hasOlder, true);
});

test('on reset without history it connects anew, from nowhere', async () => {
  const { socket } = await openLive();
  socket.say({ type: 'reset', head: 91 });
  await settle();
  assert.equal(sockets.length, 2);
  assert.equal(sockets[1].url.searchParams.has('after'), false);
});

test('sends in order, one at a time, and shows each at once', async () => {
  const { client, socket } = await openLive();
  client.send('two');
  client.send('three');
  assert.deepEqual(texts(client), ['one', 'two', 'three']);
  assert.deepEqual(sent(socket), ['two']);
  const key = client.state.messages[1].key;
  socket.say(...stored(socket.frames('send')[0], 2));
  assert.deepEqual(sent(socket), ['two', 'three']);
  const [, second, third] = client.state.messages;
  assert.deepEqual([second.seq, second.pending, second.key], [2, false, key]);
  assert.deepEqual([third.seq, third.pending], [undefined, true]);
});

test('a message whose ack was lost is sent again under the same name', async () => {
  const { client, socket } = await openLive();
  client.send('two');
  const next = await reconnect(client);
  next.say(welcome(1), pageOf([], 1));
  assert.deepEqual(next.frames('send'), socket.frames('send'));
  next.say({ type: 'ack', clientId: next.frames('send')[0].clientId, seq: 2, at: 1002, duplicate: true });
  assert.deepEqual(texts(client), ['one', 'two'], 'acked, but its event is still to come');
  next.say(message(2, 1, VISITOR, 'two', next.frames('send')[0].clientId));
  assert.deepEqual(texts(client), ['one', 'two']);
});

test('a message that was stored although its ack was lost is not sent again', async () => {
  const { client, socket } = await openLive();
  client.send('two');
  const [event] = stored(socket.frames('send')[0], 2);
  const next = await reconnect(client);
  next.say(welcome(2), pageOf([event], 1));
  assert.deepEqual(sent(next), []);
  assert.deepEqual(texts(client), ['one', 'two']);
});

test('a reload keeps what was unsent, refused or being edited', async () => {
  const { client, socket, storage } = await openLive();
  client.edit(1, 'once');
  socket.say({ type: 'error', code: 'too_late', message: '', clientId: socket.frames('edit')[0].clientId });
  client.send('two');
  client.send('three');
  client.close();

  const { client: reloaded, socket: next } = await openLive({ storage });
  assert.deepEqual(texts(reloaded), ['once', 'two', 'three']);
  assert.equal(reloaded.state.messages[0].failed, 'too_late');
  assert.deepEqual(sent(next), ['two']);
  assert.equal(next.frames('send')[0].clientId, socket.frames('send')[0].clientId);
});

test('nothing is lost without a storage that works', async () => {
  const storage = new PageStorage(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  const { client, socket } = await openLive({ storage });
  client.send('two');
  socket.say(...stored(socket.frames('send')[0], 2));
  assert.deepEqual(texts(client), ['one', 'two']);
});

test('two tabs show the same, and leave each message to the one that made it', async () => {
  const storage = storageOfTwoTabs();
  const first = await openLive({ storage });
  const second = await openLive({ storage });
  first.client.send('two');
  assert.deepEqual(texts(second.client), ['one', 'two']);
  assert.equal(second.socket.frames('send').length, 0);
  const [event, ack] = stored(first.socket.frames('send')[0], 2);
  second.socket.say(event);
  first.socket.say(event, ack);
  await pass(60_000);
  assert.deepEqual(texts(second.client), ['one', 'two']);
  assert.equal(second.socket.frames('send').length, 0);
});

test('a message of another tab that the room brings before the storage does is not sent again', async () => {
  const storage = storageOfTwoTabs();
  const first = await openLive({ storage });
  const second = await openLive({ storage });
  let late;
  storage.onchange = (key, newValue) => (late = { key, newValue });
  first.client.send('two');
  storage.onchange = undefined;
  const [event] = stored(first.socket.frames('send')[0], 2);
  second.socket.say(event);
  fire('storage', late);
  assert.deepEqual(second.client.state.messages.map(({ outboxId }) => outboxId), [undefined, undefined]);
  await pass(60_000);
  assert.equal(second.socket.frames('send').length, 0);
});

test('a tab takes over what a tab that died left behind', async () => {
  const storage = storageOfTwoTabs();
  const first = await open({ storage });
  const second = await openLive({ storage });
  first.client.send('two');
  first.client.close();
  await pass(9_999);
  assert.deepEqual(sent(second.socket), []);
  await pass(1);
  assert.deepEqual(sent(second.socket), ['two']);
});

test('what one tab discards is gone in the other', async () => {
  const storage = storageOfTwoTabs();
  const first = await open({ storage });
  const second = await openLive({ storage });
  first.client.send('two');
  first.client.discard(first.client.state.messages[0].outboxId);
  await pass(60_000);
  assert.deepEqual(texts(second.client), ['one']);
  assert.deepEqual(sent(second.socket), []);
});

test('accounts and conversations do not see each other’s outbox', async () => {
  const { client, storage } = await openLive();
  client.send('two');
  const other = await openLive({ storage, me: { ...VISITOR, id: 'v2' } });
  assert.deepEqual(texts(other.client), ['one']);
});

test('waits as long as a limit says, and keeps the order', async () => {
  const { client, socket } = await openLive();
  client.send('two');
  client.send('three');
  const [{ clientId }] = socket.frames('send');
  socket.say({ type: 'error', code: 'rate_limited', message: '', clientId, retryAfterMs: 400 });
  await pass(399);
  assert.deepEqual(sent(socket), ['two']);
  await pass(1);
  assert.deepEqual(sent(socket), ['two', 'two']);
});

test('a refused message is kept for the person, and does not hold up the next', async () => {
  const { client, socket } = await openLive();
  client.send('two');
  client.send('three');
  const [{ clientId }] = socket.frames('send');
  socket.say({ type: 'error', code: 'conversation_closed', message: '', clientId });
  assert.deepEqual(sent(socket), ['two', 'three']);
  const refused = client.state.messages[1];
  assert.deepEqual([refused.text, refused.failed, refused.pending], ['two', 'conversation_closed', false]);
  socket.say(...stored(socket.frames('send')[1], 2));
  client.retry(refused.outboxId);
  assert.deepEqual(sent(socket), ['two', 'three', 'two']);
  assert.equal(socket.frames('send')[2].clientId, clientId);
  client.discard(refused.outboxId);
  assert.deepEqual(texts(client), ['one', 'three']);
});

test('what was refused and is stored after all, by an older socket, is shown as stored', async () => {
  const { client, socket } = await openLive();
  client.send('two');
  const [{ clientId }] = socket.frames('send');
  socket.say({ type: 'error', code: 'conversation_closed', message: '', clientId });
  assert.equal(client.state.messages[1].failed, 'conversation_closed');
  const [event] = stored(socket.frames('send')[0], 2);
  socket.say(event);
  assert.deepEqual(texts(client), ['one', 'two']);
  assert.equal(client.state.messages[1].failed, undefined);
});

test('an event whose author nobody has introduced is a gap, not a stranger’s', async () => {
  const { client, socket } = await openLive();
  socket.say({ type: 'event', seq: 2, at: 1002, by: 7, kind: 'message', payload: { text: 'two' } });
  assert.deepEqual(texts(client), ['one']);
  assert.deepEqual(socket.frames('resume'), [{ type: 'resume', after: 1 }]);
  socket.say(pageOf([message(2, 1, AGENT, 'two')], 1));
  assert.deepEqual(client.state.messages[1].actor, AGENT);
  assert.equal(client.state.caughtUp, true);
});

test('a room that was loaded again numbers its people anew', async () => {
  const { client, socket } = await openLive();
  const colleague = { kind: 'agent', id: 'a2', name: 'Bob' };
  const live = { type: 'event', kind: 'message', at: 1002 };
  socket.say({ ...live, seq: 2, by: 0, actor: AGENT, payload: { text: 'two' } });
  socket.say({ ...live, seq: 3, by: 1, actor: colleague, payload: { text: 'three' } });
  socket.say({ ...live, seq: 4, by: 0, payload: { text: 'four' } });
  assert.deepEqual(client.state.messages.map(({ actor }) => actor.name), ['Visitor 1', 'Ada', 'Bob', 'Ada']);
});

test('a name that the server knows for something else is not sent for ever, but another is', async () => {
  const { client, socket } = await openLive();
  client.send('two');
  const [{ clientId }] = socket.frames('send');
  socket.say({ type: 'error', code: 'client_id_reused', message: '', clientId });
  await pass(60_000);
  assert.deepEqual(sent(socket), ['two']);
  assert.equal(client.state.messages[1].failed, 'client_id_reused');
  client.retry(client.state.messages[1].outboxId);
  assert.deepEqual(sent(socket), ['two', 'two']);
  assert.notEqual(socket.frames('send')[1].clientId, clientId);
  assert.deepEqual(texts(client), ['one', 'two']);
});

test('a message that is refused with the token goes out with the next one', async () => {
  const { client, socket } = await openLive();
  client.send('two');
  const [frame] = socket.frames('send');
  socket.say({ type: 'error', code: 'unauthenticated', message: '', clientId: frame.clientId });
  await settle();
  assert.equal(client.state.messages[1].pending, true);
  const next = sockets.at(-1);
  next.accept();
  next.say(welcome(1), pageOf([], 1));
  assert.deepEqual(next.frames('send'), [frame]);
});

test('a message that the room cannot read is not sent for ever', async () => {
  const { client, socket } = await openLive();
  client.send('two');
  socket.say({ type: 'error', code: 'malformed_frame', message: '' });
  assert.equal(client.state.messages[1].failed, 'malformed_frame');
});

test('what is too long stays here, what is half a character is mended', async () => {
  const { client, socket } = await openLive();
  client.send('😀'.repeat(10_001));
  assert.equal(client.state.messages[1].failed, 'message_too_long');
  client.send('half \ud83d');
  assert.deepEqual(sent(socket), ['half \u{fffd}']);
});

test('a room that never answers is connected to anew', async () => {
  const { client, socket } = await openLive();
  client.send('two');
  await pass(15_000);
  assert.equal(sockets.length, 2);
  assert.equal(socket.readyState, 3);
});

test('an edit and a deletion show at once', async () => {
  const { client, socket } = await openLive();
  client.edit(1, 'once');
  assert.deepEqual(texts(client), ['once']);
  assert.equal(client.state.messages[0].pending, true);
  const [{ clientId }] = socket.frames('edit');
  socket.say(
    event(2, 1, VISITOR, 'message_edited', { target: 1, text: 'once' }, clientId),
    { type: 'ack', clientId, seq: 2, at: 1002, duplicate: false },
  );
  assert.equal(client.state.messages[0].pending, false);
  client.remove(1);
  assert.deepEqual(texts(client), ['']);
});

test('tells how far the person has read, once, and never of marks', async () => {
  const { client, socket } = await openLive();
  client.markRead();
  assert.equal(socket.frames('read').length, 0, 'nothing of the other side is here');
  socket.say(message(2, 1, AGENT, 'two'), event(3, 2, AGENT, 'read', { upTo: 1 }));
  client.markRead();
  client.markRead();
  assert.deepEqual(socket.frames('read'), [{ type: 'read', upTo: 2 }]);
  socket.say(event(4, 3, VISITOR, 'read', { upTo: 2 }));
  assert.equal(client.state.unread, 0);
  assert.deepEqual(client.state.read, { visitor: 2, agents: 1 });
});

test('a mark that got lost is told again', async () => {
  const { client, socket } = await openLive();
  socket.say(message(2, 1, AGENT, 'two'));
  client.markRead();
  const next = await reconnect(client);
  next.say(welcome(2), pageOf([], 2));
  assert.deepEqual(next.frames('read'), [{ type: 'read', upTo: 2 }]);
});

test('a mark that was refused for being too many is told again', async () => {
  const { client, socket } = await openLive();
  socket.say(message(2, 1, AGENT, 'two'));
  client.markRead();
  socket.say({ type: 'error', code: 'rate_limited', message: '', retryAfterMs: 200 });
  await pass(200);
  assert.equal(socket.frames('read').length, 2);
});

test('a read mark refused for haste waits, however often the person looks meanwhile', async () => {
  const { client, socket } = await openLive();
  socket.say(message(2, 1, AGENT, 'two'));
  client.subscribe(() => client.markRead());
  client.markRead();
  for (let round = 0; round < 3; round += 1) {
    socket.say({ type: 'error', code: 'rate_limited', message: 'slower', retryAfterMs: 200 });
    await settle();
    client.markRead();
  }
  assert.equal(socket.frames('read').length, 1);
  await pass(200);
  assert.equal(socket.frames('read').length, 2);
});

test('typing is told every three seconds, and ended after four of silence', async () => {
  const { client, socket } = await openLive();
  const active = () => socket.frames('typing').map((frame) => frame.active);
  client.typing(true);
  client.typing(true);
  assert.deepEqual(active(), [true]);
  await pass(3_000);
  client.typing(true);
  assert.deepEqual(active(), [true, true]);
  await pass(4_000);
  assert.deepEqual(active(), [true, true, false]);
  client.typing(false);
  assert.deepEqual(active(), [true, true, false]);
});

test('forgets who was typing', async () => {
  const { client, socket } = await openLive();
  const typing = { type: 'typing', actor: AGENT, active: true };
  socket.say(typing, { ...typing, actor: VISITOR });
  assert.deepEqual(client.state.typing, [AGENT]);
  await pass(5_000);
  socket.say(typing);
  await pass(5_999);
  assert.deepEqual(client.state.typing, [AGENT]);
  await pass(1);
  assert.deepEqual(client.state.typing, []);
  socket.say(typing, message(2, 1, AGENT, 'two'));
  assert.deepEqual(client.state.typing, []);
});

test('a reload is no leave', async () => {
  const { client, socket } = await openLive();
  const here = (actor) => ({ ...actor, viewing: false });
  const presence = (online) => ({ type: 'presence', actor: AGENT, online, viewing: false });
  socket.say(presence(true), presence(false));
  await pass(9_999);
  assert.deepEqual(client.state.present, [VISITOR, AGENT].map(here));
  socket.say(presence(true));
  await pass(60_000);
  socket.say('pong', presence(false));
  await pass(10_000);
  assert.deepEqual(client.state.present, [VISITOR].map(here));
});

test('knows who has the conversation before their eyes, until they are gone', async () => {
  const { client, socket } = await open();
  socket.accept();
  socket.say(welcome(1, { present: [{ ...VISITOR, viewing: false }, { ...AGENT, viewing: true }] }), pageOf([ONE], 0));
  const presence = (online, viewing) => ({ type: 'presence', actor: AGENT, online, viewing });
  const agent = () => client.state.present.find(({ id }) => id === AGENT.id);
  assert.equal(agent().viewing, true);
  socket.say(presence(true, false));
  assert.equal(agent().viewing, false);
  socket.say(presence(true, true), presence(false, false));
  assert.equal(agent().viewing, true, 'they may be back at once');
  await pass(10_000);
  assert.equal(agent(), undefined);
});

test('tells each new socket, once, that the person has the conversation before their eyes', async () => {
  const { client, socket } = await openLive();
  const told = (of = socket) => of.frames('viewing').map(({ active }) => active);
  client.viewing(false);
  assert.deepEqual(told(), [], 'that is taken for granted');
  client.viewing(true);
  client.viewing(true);
  assert.deepEqual(told(), [true]);

  client.reconnect();
  await settle();
  const again = sockets.at(-1);
  again.accept();
  assert.deepEqual(told(again), []);
  again.say(welcome(1), pageOf([], 1));
  assert.deepEqual(told(again), [true]);

  again.say({ type: 'error', code: 'rate_limited', message: 'slower', retryAfterMs: 300 });
  client.viewing(false);
  assert.deepEqual(told(again), [true], 'the room has asked for patience');
  await pass(300);
  assert.deepEqual(told(again), [true, false]);
  await pass(20_000);
  assert.deepEqual(told(again), [true, false]);
});

test('loads older messages, from where it begins to the first', async () => {
  const { client, socket } = await open();
  socket.accept();
  socket.say(welcome(3), pageOf([message(3, 2, AGENT, 'three')], 2));
  assert.equal(client.state.hasOlder, true);
  answers.set('/api/v1/conversations/c/events?before=3&', () =>
    historyOf([ONE, message(2, 1, AGENT, 'two')], 0, { head: 3 }),
  );
  await Promise.all([client.loadOlder(), client.loadOlder()]);
  assert.deepEqual(texts(client), ['one', 'two', 'three']);
  assert.equal(client.state.hasOlder, false);
});

test('stops when the conversation is not the asker’s', async () => {
  const { client, socket } = await open();
  answers.set('/api/v1/conversations/c', () => ({ status: 404, code: 'not_found' }));
  socket.end();
  await pass(500);
  assert.deepEqual(client.state.connection, { name: 'stopped', reason: 'not_found' });
});

/** A room as small as it can be, behind a network that loses, repeats and cuts by chance. */
class Room {
  log = [];
  clients = new Set();

  constructor(random) {
    this.random = random;
  }

  take(socket) {
    socket.accept();
    const after = socket.url.searchParams.get('after');
    socket.live = false;
    socket.say(welcome(this.log.length, { you: socket.actor }));
    socket.onsend = (frame) => this.clients.has(socket) && this.handle(socket, frame);
    this.clients.add(socket);
    this.page(socket, after === null ? Math.max(0, this.log.length - 3) : Number(after));
  }

  page(socket, after) {
    const events = this.log.slice(after, after + 3);
    socket.live = after + 3 >= this.log.length;
    socket.say(pageOf(events, after, !socket.live));
  }

  handle(socket, frame) {
    if (frame.type === 'resume') {
      this.page(socket, frame.after);
    } else if (frame.type === 'send' && this.random() > 0.15) {
      let seq = this.log.findIndex(({ clientId, actor }) => clientId === frame.clientId && actor.id === socket.actor.id) + 1;
      const duplicate = seq > 0;
      if (!duplicate) {
        seq = this.log.length + 1;
        const news = message(seq, seq - 1, socket.actor, frame.text, frame.clientId);
        this.log.push(news);
        for (const client of this.clients) {
          // Whoever misses an event misses the introduction in it.
          const text = client.live && client.write(news);
          if (text && this.random() > 0.2) {
            client.say(...(this.random() > 0.2 ? [text] : [text, text]));
          }
        }
      }
      if (this.random() > 0.2) {
        socket.say({ type: 'ack', clientId: frame.clientId, seq, at: 0, duplicate });
      }
    }
  }

  cut(socket) {
    this.clients.delete(socket);
    socket.end(this.random() > 0.3 ? 1006 : 4401);
  }

  /** Asleep, and loaded again by the next frame. */
  reload() {
    this.clients.forEach((socket) => socket.renumber());
  }
}

function randomBySeed(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) | 0;
    return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('whatever the network does, everyone ends with every message once, in one order', async () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    tearDown();
    setUp();
    // Asked by a client whose socket nobody has accepted for a while.
    answers.set('/api/v1/conversations/c', () => ({}));
    const random = randomBySeed(seed);
    const room = new Room(random);
    const people = [
      { me: VISITOR, storage: new FakeStorage(), said: [] },
      { me: AGENT, storage: new FakeStorage(), said: [] },
    ];
    const accept = () => {
      for (const socket of sockets.filter(({ readyState }) => readyState === 0)) {
        socket.actor = people.find(({ me }) => socket.protocols[1] === `bearer.${me.id}`).me;
        room.take(socket);
      }
    };
    const start = (person) => {
      const { me, storage } = person;
      person.client = new ConversationClient({ id: 'c', baseUrl: 'https://shop.example', token: async () => me.id, me, storage });
      person.client.open();
    };
    people.forEach(start);
    await settle();
    for (let step = 0; step < 25; step += 1) {
      const person = people[Math.floor(random() * 2)];
      const chance = random();
      if (chance < 0.5) {
        const text = `${person.me.name} ${step}`;
        person.said.push(text);
        person.client.send(text);
      } else if (chance < 0.6) {
        person.client.close();
        start(person);
      } else if (chance < 0.65) {
        room.reload();
      } else if (chance < 0.75 && room.clients.size) {
        room.cut([...room.clients][Math.floor(random() * room.clients.size)]);
      } else if (chance < 0.85) {
        accept();
      } else {
        await pass(Math.floor(random() * 5_000));
      }
    }
    room.random = () => 1;
    for (let round = 0; round < 12; round += 1) {
      accept();
      people.forEach(({ client }) => client.reconnect());
      await settle();
    }
    accept();
    await settle();
    const line = (actor, text) => `${actor.name}: ${text}`;
    const stored = room.log.map(({ actor, payload }) => line(actor, payload.text));
    for (const { me, said, client } of people) {
      assert.deepEqual(room.log.filter(({ actor }) => actor.id === me.id).map(({ payload }) => payload.text), said, `seed ${seed}`);
      const shown = client.state.messages.map(({ actor, text }) => line(actor, text));
      assert.ok(shown.length >= Math.min(3, stored.length), `seed ${seed}`);
      assert.deepEqual(shown, stored.slice(stored.length - shown.length), `seed ${seed}`);
      assert.equal(client.state.messages.some(({ pending }) => pending), false, `seed ${seed}`);
      client.close();
    }
  }
});
