import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  FakeStorage,
  VISITOR,
  answers,
  conversation,
  event,
  message,
  pageOf,
  pass,
  setUp,
  settle,
  sockets,
  storageOfTwoTabs,
  tearDown,
  welcome,
} from '../client/testing.js';
import { ConversationClient } from '../client/conversation.js';
import { PageStorage } from '../client/facilities.js';
import { Chat } from './chat.js';
import { Session } from './session.js';

const SESSION = '/api/v1/widget/session';
const CONVERSATIONS = '/api/v1/conversations';

let asked;
let token;

beforeEach(() => {
  setUp();
  asked = [];
  token = 'token';
  answer(SESSION, () => ({ visitorId: VISITOR.id, accessToken: token, expiresIn: 3600, renewalToken: 'renewal' }));
});
afterEach(tearDown);

/** Answers requests to a path, and notes them. */
function answer(path, give) {
  answers.set(path, (asker) => {
    asked.push(asker);
    return give(asker);
  });
}

async function open(storage = new FakeStorage()) {
  const chat = new Chat({ storage, session: new Session(storage), load: async () => ({ ConversationClient }) });
  await chat.open();
  await settle();
  return { chat, storage };
}

const texts = (chat) => chat.state.messages.map(({ text }) => text);
const started = () => ({ conversation: conversation(1), seq: 1, at: 1001, duplicate: false });
const starts = () => asked.filter((path) => path === CONVERSATIONS).length;

/** The server's side of the newest socket: the first message is in the conversation. */
function welcomeFirst({ state }) {
  const { text, outboxId } = state.messages[0];
  const socket = sockets.at(-1);
  socket.accept();
  socket.say(welcome(1), pageOf([message(1, 0, VISITOR, text, outboxId)], 0));
  return socket;
}

test('asks for nothing before there is something to say', async () => {
  const { chat } = await open();
  assert.deepEqual(asked, []);
  assert.equal(sockets.length, 0);
  assert.equal(chat.isGoing, false);
});

test('the first message starts a conversation, what follows goes through it', async () => {
  answer(CONVERSATIONS, started);
  const { chat } = await open();
  chat.send('one');
  chat.send('two');
  assert.deepEqual(texts(chat), ['one', 'two']);
  await settle();
  const socket = welcomeFirst(chat);
  assert.deepEqual(socket.frames('send').map(({ text }) => text), ['two']);
  assert.deepEqual(texts(chat), ['one', 'two']);
  assert.equal(starts(), 1);
});

test('a message that got no answer is kept over a reload, and its name with it', async () => {
  const { chat, storage } = await open();
  chat.send('one');
  await settle();
  assert.equal(chat.state.connection.name, 'waiting');
  const { outboxId } = chat.state.messages[0];

  const { chat: reloaded } = await open(storage);
  assert.equal(reloaded.state.messages[0].outboxId, outboxId);
  assert.equal(reloaded.isGoing, true);
  answer(CONVERSATIONS, started);
  await pass(1000);
  welcomeFirst(reloaded);
  assert.deepEqual(texts(reloaded), ['one']);
  assert.deepEqual(sockets.at(-1).frames('send'), []);
});

test('a first message that is refused waits for the person', async () => {
  answer(CONVERSATIONS, () => ({ status: 422, code: 'message_too_long' }));
  const { chat } = await open();
  chat.send('one');
  await settle();
  assert.equal(chat.state.messages[0].failed, 'message_too_long');
  await pass(60_000);
  assert.equal(starts(), 1);
  chat.discard(chat.state.messages[0].outboxId);
  assert.equal(chat.isGoing, false);
});

test('a first message whose name is taken is sent again under another', async () => {
  answer(CONVERSATIONS, () => ({ status: 409, code: 'client_id_reused' }));
  const { chat } = await open();
  chat.send('one');
  await settle();
  const { outboxId, failed } = chat.state.messages[0];
  assert.equal(failed, 'client_id_reused');
  answer(CONVERSATIONS, started);
  chat.retry(outboxId);
  assert.notEqual(chat.state.messages[0].outboxId, outboxId);
  await settle();
  welcomeFirst(chat);
  assert.deepEqual(texts(chat), ['one']);
});

test('tabs follow the one that starts the conversation', async () => {
  const storage = storageOfTwoTabs();
  const { chat: first } = await open(storage);
  const { chat: second } = await open(storage);
  answer(CONVERSATIONS, started);
  first.send('one');
  assert.deepEqual(texts(second), ['one']);
  await settle();
  assert.equal(starts(), 1);
  assert.equal(sockets.length, 2);
  first.startAnew();
  assert.deepEqual(texts(second), []);
});

test('a tab steps in for one that never came back', async () => {
  const storage = storageOfTwoTabs();
  const { chat: second } = await open(storage);
  // What a tab stores just before it is killed.
  const frame = { type: 'send', clientId: 'x', kind: 'message', text: 'one' };
  storage.setItem('voxora.outbox..first.x', JSON.stringify({ frame, at: 1 }));
  answer(CONVERSATIONS, started);
  await pass(9_999);
  assert.equal(starts(), 0);
  await pass(1);
  assert.equal(starts(), 1);
  assert.deepEqual(texts(second), ['one']);
});

test('a returning visitor finds their open conversation, not a closed one', async () => {
  const storage = new FakeStorage();
  await new Session(storage).token();
  answer(CONVERSATIONS, (path) =>
    path.includes('?') ? { items: [conversation(3, { status: 'closed' }), { ...conversation(5), id: 'open' }] } : {},
  );
  await open(storage);
  assert.equal(sockets[0].url.pathname, '/api/v1/conversations/open/socket');
});

test('a conversation of somebody this browser no longer is gives way to a new one', async () => {
  const storage = new FakeStorage();
  await new Session(storage).token();
  storage.setItem('voxora.conversation', 'c');
  answer(`${CONVERSATIONS}/c`, () => ({ status: 403, code: 'forbidden' }));
  const { chat } = await open(storage);
  sockets[0].end();
  await pass(500);
  assert.equal(chat.isGoing, false);
});

test('a conversation of a visitor whom the browser has forgotten keeps nobody from beginning another', async () => {
  const storage = new FakeStorage();
  storage.setItem('voxora.conversation', 'c');
  answer(CONVERSATIONS, started);
  const { chat } = await open(storage);
  assert.equal(chat.isGoing, false);
  chat.send('one');
  await settle();
  assert.equal(starts(), 1);
});

test('after the end a new message begins another conversation', async () => {
  answer(CONVERSATIONS, started);
  const { chat } = await open();
  chat.send('one');
  await settle();
  welcomeFirst(chat).say(event(2, 1, { kind: 'agent', id: 'a1', name: 'Ada' }, 'status_changed', { status: 'closed' }));
  await settle();
  assert.equal(chat.state.conversation.status, 'closed');
  chat.startAnew();
  chat.send('two');
  await settle();
  assert.equal(starts(), 2);
});

test('one visitor, however many ask at once; a token is renewed when it is disliked or old', async () => {
  const storage = new FakeStorage();
  const session = new Session(storage);
  await Promise.all([session.token(), session.token()]);
  assert.equal(asked.length, 1);
  await session.token();
  assert.equal(asked.length, 1);
  token = 'another token';
  await session.token({ insteadOf: 'token' });
  await session.token({ insteadOf: 'token' });
  assert.equal(asked.length, 2, 'however many sockets were ended with it');
  await pass(3_541_000);
  await session.token();
  assert.equal(asked.length, 3);
});

const ADA = { kind: 'agent', id: 'a1', name: 'Ada' };

/** A chat whose conversation an agent has closed, at seq 2. */
async function ended(options) {
  answer(CONVERSATIONS, started);
  const opened = await open(options);
  opened.chat.send('one');
  await settle();
  const socket = welcomeFirst(opened.chat);
  socket.say(event(2, 1, ADA, 'status_changed', { status: 'closed' }));
  await settle();
  return { ...opened, socket };
}

const shown = (chat) => chat.state.messages.map(({ text, failed }) => (failed ? `${text}: ${failed}` : text));

test('half an emoji is mended in the first message as in any other', async () => {
  let body;
  const { fetch } = globalThis;
  globalThis.fetch = (url, options) => {
    body = url.endsWith(CONVERSATIONS) ? options.body : body;
    return fetch(url, options);
  };
  answer(CONVERSATIONS, started);
  const { chat } = await open();
  chat.send('first a\ud83d');
  await settle();
  assert.equal(JSON.parse(body).text, 'first a\u{fffd}');
});

test('a first message that was refused is not sent by the next one', async () => {
  answer(CONVERSATIONS, () => ({ status: 422, code: 'message_too_long' }));
  const { chat } = await open();
  chat.send('refused');
  await settle();
  answer(CONVERSATIONS, started);
  chat.send('fine');
  await settle();
  const socket = sockets.at(-1);
  socket.accept();
  socket.say(welcome(1), pageOf([message(1, 0, VISITOR, 'fine', chat.state.messages[1].outboxId)], 0));
  await settle();
  assert.deepEqual(shown(chat), ['fine', 'refused: message_too_long']);
  assert.deepEqual(socket.frames('send'), []);
  chat.retry(chat.state.messages[1].outboxId);
  assert.deepEqual(socket.frames('send').map(({ text }) => text), ['refused']);
});

test('what the version before this one kept is sent', async () => {
  const storage = new FakeStorage();
  storage.setItem('voxora.first', JSON.stringify([{ clientId: 'x', text: 'kept', at: 1 }]));
  answer(CONVERSATIONS, started);
  const { chat } = await open(storage);
  await settle();
  assert.deepEqual(texts(chat), ['kept']);
  assert.equal(starts(), 1);
  assert.equal(storage.getItem('voxora.first'), null);
});

test('what could not be sent goes along into the conversation that follows one that has ended', async () => {
  const { chat, socket } = await ended();
  chat.send('late');
  chat.send('later');
  const [late] = socket.frames('send');
  socket.say({ type: 'error', code: 'conversation_closed', message: '', clientId: late.clientId });
  await settle();
  const [, later] = socket.frames('send');
  socket.say({ type: 'error', code: 'message_too_long', message: '', clientId: later.clientId });
  await settle();
  answer(CONVERSATIONS, () => ({ ...started(), conversation: { ...conversation(1), id: 'd' } }));
  chat.startAnew();
  assert.deepEqual(shown(chat), ['late', 'later: message_too_long']);
  await settle();
  assert.equal(starts(), 2);
  assert.equal(sockets.at(-1).url.pathname, '/api/v1/conversations/d/socket');
});

test('two tabs carry over one of each', async () => {
  const storage = storageOfTwoTabs();
  const { chat, socket } = await ended(storage);
  const { chat: other } = await open(storage);
  sockets.at(-1).accept();
  sockets.at(-1).say(welcome(2, { status: 'closed' }), pageOf([], 2));
  chat.send('late');
  const { clientId } = socket.frames('send')[0];
  socket.say({ type: 'error', code: 'conversation_closed', message: '', clientId });
  await settle();
  answer(CONVERSATIONS, () => {
    throw new TypeError('no network');
  });
  // Both at once: neither has heard of the other yet.
  const { onchange } = storage;
  const changes = [];
  storage.onchange = (...change) => changes.push(change);
  chat.startAnew();
  other.startAnew();
  storage.onchange = onchange;
  changes.forEach((change) => onchange(...change));
  await settle();
  assert.deepEqual(texts(other), ['late']);
  assert.deepEqual(texts(chat), ['late']);
});

test('a conversation that goes on after it was left is the conversation again, if nothing took its place', async () => {
  const { chat, socket } = await ended();
  chat.startAnew();
  await settle();
  assert.deepEqual(texts(chat), []);
  socket.say(event(3, 2, ADA, 'status_changed', { status: 'open' }), message(4, 3, ADA, 'wait'));
  await settle();
  assert.deepEqual(texts(chat), ['one', 'wait']);
});

test('beside a conversation that has begun, what is said in the one before is heard of', async () => {
  const { chat, socket } = await ended();
  answer(CONVERSATIONS, () => ({ ...started(), conversation: { ...conversation(1), id: 'd' } }));
  chat.startAnew();
  chat.send('two');
  await settle();
  const second = sockets.at(-1);
  second.accept();
  second.say({ ...welcome(1), conversation: { ...conversation(1), id: 'd' } }, pageOf([], 0));
  socket.say(event(3, 2, ADA, 'status_changed', { status: 'open' }), message(4, 3, ADA, 'wait'));
  await settle();
  assert.equal(chat.id, 'd');
  assert.deepEqual(chat.elsewhere.map(({ id, unread }) => [id, unread]), [['c', 1]]);
  chat.goTo('c');
  assert.deepEqual(texts(chat), ['one', 'wait']);
  assert.deepEqual(chat.elsewhere.map(({ id }) => id), ['d']);
});

test('a conversation that was left is listened to after a reload, too', async () => {
  const { chat, storage } = await ended();
  chat.startAnew();
  answer(CONVERSATIONS, () => ({ items: [conversation(4)] }));
  const { chat: reloaded } = await open(storage);
  assert.equal(reloaded.id, null);
  const socket = sockets.at(-1);
  socket.accept();
  socket.say(welcome(2, { status: 'closed' }), pageOf([], 2), event(3, 2, ADA, 'status_changed', { status: 'open' }));
  await settle();
  assert.equal(reloaded.id, 'c');
});

test('what a conversation needs is asked for again when it could not be loaded', async () => {
  answer(CONVERSATIONS, started);
  const storage = new FakeStorage();
  let tries = 0;
  const load = async () => {
    tries += 1;
    if (tries === 1) {
      throw new TypeError('Failed to fetch dynamically imported module');
    }
    return { ConversationClient };
  };
  const chat = new Chat({ storage, session: new Session(storage), load });
  await chat.open();
  chat.send('one');
  await settle();
  assert.deepEqual(texts(chat), ['one']);
  await chat.load();
  await settle();
  welcomeFirst(chat);
  assert.deepEqual(texts(chat), ['one']);
  assert.equal(starts(), 1);
});

test('a browser without locks or storage has a visitor all the same', async () => {
  navigator.locks = { request: () => Promise.reject(new DOMException('denied', 'SecurityError')) };
  const session = new Session(
    new PageStorage(() => {
      throw new DOMException('denied', 'SecurityError');
    }),
  );
  assert.equal(await session.token(), 'token');
  assert.equal(await session.token(), 'token');
  assert.equal(asked.length, 1);
});

test('of the conversations that are listened to, the one on screen alone is before the visitor\'s eyes', async () => {
  answer(CONVERSATIONS, started);
  const { chat } = await open();
  chat.view(true);
  chat.send('one');
  await settle();
  const first = welcomeFirst(chat);
  const told = (socket) => socket.frames('viewing').map(({ active }) => active);
  assert.deepEqual(told(first), [true]);
  chat.goTo(null);
  assert.deepEqual(told(first), [true, false]);
  chat.goTo('c');
  chat.view(false);
  assert.deepEqual(told(first), [true, false, true, false]);
});
