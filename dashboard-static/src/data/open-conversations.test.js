import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { AGENT, VISITOR, message, pageOf, setUp, settle, sockets, tearDown, welcome } from '../../../widget/client/testing.js';
import '../../testing.js';

const { OpenConversations } = await import('./open-conversations.ts');

let conversations;

beforeEach(() => {
  setUp();
  conversations = new OpenConversations(async () => 'token', { id: AGENT.id, name: AGENT.name });
});
afterEach(() => {
  conversations.close();
  tearDown();
});

async function shown(id, events = []) {
  conversations.show(id);
  await settle();
  const socket = sockets.at(-1);
  if (events.length > 0) {
    socket.accept();
    socket.say(welcome(events.at(-1).seq, { you: AGENT }), pageOf(events, 0));
  }
  return socket;
}

const texts = () => conversations.state.shown.client.state.messages.map(({ text }) => text);

test('one that was on screen before is shown at once, as it was, and goes on from there', async () => {
  await shown('c', [message(1, 0, VISITOR, 'Hello'), message(2, 1, AGENT, 'Hi')]);
  const before = conversations.state.shown.client;
  conversations.show('d');
  assert.equal(before.state.connection.name, 'idle', 'nobody is shown as being where they no longer look');
  conversations.show('c');
  assert.deepEqual(texts(), ['Hello', 'Hi']);
  await settle();
  assert.equal(sockets.at(-1).url.searchParams.get('after'), '2');
});

test('one that went out of reach is not remembered', async () => {
  const socket = await shown('c', [message(1, 0, VISITOR, 'Hello')]);
  socket.end(4403);
  assert.equal(conversations.state.shown.client.state.connection.reason, 'forbidden');
  conversations.show('d');
  conversations.show('c');
  assert.deepEqual(texts(), []);
});

test('what was sent goes out also when its author has turned away', async () => {
  const socket = await shown('c', [message(1, 0, VISITOR, 'Hello')]);
  conversations.state.shown.client.send('On its way');
  conversations.show('d');
  assert.equal(socket.readyState, 1, 'it stays connected');
  assert.equal(socket.frames('send').length, 1);
});
