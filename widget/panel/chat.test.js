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
