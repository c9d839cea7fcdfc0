import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT, VISITOR } from '../../../../widget/client/testing.js';
import '../../../testing.js';

const { timelineItems } = await import('./timeline-items.ts');

const NOON = new Date(2026, 10, 26, 12).getTime();
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const said = (seq, actor, at = NOON + (seq ?? 99), rest = {}) => ({ key: `${seq}`, seq, actor, at, kind: 'message', ...rest });
const closed = (seq, at = NOON + seq) => ({ seq, at, actor: AGENT, kind: 'status_changed', payload: { status: 'closed' } });

/** The items in a word each: `+` begins a group, `!` was seen by the visitor. */
function lines(messages, { notices = [], visitor = 0, newAfter } = {}) {
  return timelineItems({ messages, notices, read: { visitor, agents: 0 } }, newAfter).map((item) =>
    item.type === 'message' ? `${item.startsGroup ? '+' : ''}${item.message.seq}${item.seen ? '!' : ''}` : item.type,
  );
}

test('groups what a person says in a row, and begins each day with its name', () => {
  assert.deepEqual(
    lines([said(1, VISITOR), said(2, VISITOR), said(3, AGENT), said(4, AGENT, NOON + DAY), said(5, AGENT, NOON + DAY + 6 * MINUTE)]),
    ['day', '+1', '2', '+3', 'day', '+4', '+5'],
  );
});

test('a notice stands where it happened, and ends a group', () => {
  assert.deepEqual(lines([said(1, AGENT), said(3, AGENT)], { notices: [closed(2), closed(4)] }), ['day', '+1', 'notice', '+3', 'notice']);
});

test('what is not stored yet comes last', () => {
  assert.deepEqual(lines([said(1, AGENT), said(undefined, AGENT)], { notices: [closed(2)] }), ['day', '+1', 'notice', '+undefined']);
});

test('marks where the new begins, once, before a visitor’s message', () => {
  const messages = [said(1, VISITOR), said(2, AGENT), said(3, VISITOR), said(4, VISITOR)];
  assert.deepEqual(lines(messages, { newAfter: 1 }), ['day', '+1', '+2', 'new', '+3', '4']);
  assert.deepEqual(lines(messages), ['day', '+1', '+2', '+3', '4']);
});

test('the last message that the visitor has read is seen; a note never is', () => {
  const messages = [said(1, AGENT), said(2, AGENT, undefined, { kind: 'note' }), said(3, AGENT)];
  assert.deepEqual(lines(messages, { visitor: 2 }), ['day', '+1!', '+2', '+3']);
});
