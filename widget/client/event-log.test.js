import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLog } from './event-log.js';
import { AGENT, VISITOR, conversation, event, message } from './testing.js';

/** A log that begins at the beginning. */
function logOf(...events) {
  const log = new EventLog();
  log.appendPage(events, 0);
  return log;
}

const texts = (log) => log.messages.map(({ text }) => text);

test('orders by seq and takes an event once', () => {
  const log = logOf(message(1, 0, VISITOR, 'one'), message(2, 1, AGENT, 'two'));
  assert.equal(log.append(message(2, 1, AGENT, 'two')), true);
  assert.equal(log.append(message(3, 2, VISITOR, 'three')), true);
  assert.deepEqual(texts(log), ['one', 'two', 'three']);
  assert.equal(log.last, 3);
});

test('a gap is noticed, not papered over', () => {
  const log = logOf(message(1, 0, VISITOR, 'one'));
  assert.equal(log.append(message(3, 2, VISITOR, 'three')), false);
  assert.equal(log.last, 1);
  assert.equal(log.appendPage([message(2, 1, VISITOR, 'two'), message(3, 2, VISITOR, 'three')], 1), true);
  assert.deepEqual(texts(log), ['one', 'two', 'three']);
});

test('numbers that a visitor may not see are no gap', () => {
  const log = logOf(message(1, 0, VISITOR, 'one'));
  assert.equal(log.append(message(5, 1, AGENT, 'five')), true);
});

test('knows where to resume, from the first page on', () => {
  const log = new EventLog();
  assert.equal(log.last, undefined);
  assert.equal(log.append(message(4, 3, VISITOR, 'early')), false);
  assert.equal(log.appendPage([], 3), true);
  assert.equal(log.last, 3);
  assert.equal(log.append(message(4, 3, VISITOR, 'four')), true);
});

test('edits and deletions set the text, the last edit wins', () => {
  const log = logOf(
    message(1, 0, VISITOR, 'one'),
    message(2, 1, VISITOR, 'two'),
    event(3, 2, VISITOR, 'message_edited', { target: 1, text: 'once' }),
    event(4, 3, VISITOR, 'message_edited', { target: 1, text: 'first' }),
    event(5, 4, AGENT, 'message_deleted', { target: 2 }),
  );
  assert.deepEqual(texts(log), ['first', '']);
  assert.equal(log.messages[0].editedAt, 1004);
  assert.equal(log.messages[1].deletedAt, 1005);
});

test('an edit may come before its target, and a stale one changes nothing', () => {
  const log = new EventLog();
  log.appendPage([event(3, 2, VISITOR, 'message_edited', { target: 1, text: 'new' })], 2);
  log.prepend([message(1, 0, VISITOR, 'old'), message(2, 1, VISITOR, 'two')], 0);
  assert.deepEqual(texts(log), ['new', 'two']);

  const later = new EventLog();
  later.appendPage([event(3, 2, VISITOR, 'message_edited', { target: 1, text: 'older' })], 2);
  later.prepend([event(1, 0, VISITOR, 'message', { text: 'newest', editedAt: 9999 }), message(2, 1, VISITOR, 'two')], 0);
  assert.deepEqual(texts(later), ['newest', 'two']);
});

test('a deletion outlives every edit, in any order', () => {
  const log = new EventLog();
  log.appendPage(
    [event(2, 1, VISITOR, 'message_deleted', { target: 1 }), event(3, 2, VISITOR, 'message_edited', { target: 1, text: 'x' })],
    1,
  );
  log.prepend([message(1, 0, VISITOR, 'one')], 0);
  assert.deepEqual(texts(log), ['']);
  assert.equal(log.messages[0].deletedAt, 1002);
});

test('older pages join only where the log begins', () => {
  const log = new EventLog();
  log.appendPage([message(5, 4, VISITOR, 'five')], 4);
  log.prepend([message(2, 1, VISITOR, 'two')], 1);
  assert.equal(log.base, 4);
  log.prepend([message(4, 3, VISITOR, 'four')], 3);
  assert.equal(log.base, 3);
  assert.deepEqual(texts(log), ['four', 'five']);
});

test('the conversation follows the events, but only those after its description', () => {
  const log = new EventLog();
  log.describe(conversation(10, { status: 'resolved', read: { visitor: 2, agents: 0 } }));
  log.appendPage(
    [
      event(9, 8, AGENT, 'status_changed', { status: 'open' }),
      event(10, 9, AGENT, 'read', { upTo: 8 }),
      event(11, 10, AGENT, 'assigned', { assignee: AGENT }),
      event(12, 11, VISITOR, 'read', { upTo: 1 }),
    ],
    8,
  );
  const { status, assignee, read, head } = log.conversation;
  assert.deepEqual({ status, assignee, read, head }, { status: 'resolved', assignee: AGENT, read: { visitor: 2, agents: 8 }, head: 12 });
  log.append(event(13, 12, AGENT, 'status_changed', { status: 'open' }));
  assert.equal(log.conversation.status, 'open');
  log.describe(conversation(10, { status: 'closed' }));
  assert.equal(log.conversation.status, 'open', 'an older description is no news');
});

test('reset forgets the events and believes the room', () => {
  const log = logOf(message(1, 0, VISITOR, 'one'));
  log.describe(conversation(50));
  log.reset(conversation(3));
  assert.equal(log.last, undefined);
  assert.equal(log.conversation.head, 3);
  assert.deepEqual(log.messages, []);
});

test('keeps what happened to the conversation itself, also from older pages', () => {
  const log = new EventLog();
  log.appendPage([event(3, 2, AGENT, 'status_changed', { status: 'resolved' })], 2);
  log.prepend([message(1, 0, VISITOR, 'one'), event(2, 1, AGENT, 'assigned', { assignee: AGENT })], 0);
  assert.deepEqual(
    log.notices.map(({ seq, kind }) => [seq, kind]),
    [[2, 'assigned'], [3, 'status_changed']],
  );
  log.reset(undefined);
  assert.deepEqual(log.notices, []);
});
