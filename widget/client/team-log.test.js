import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TeamLog } from './team-log.js';
import { AGENT, conversation, event, message, VISITOR } from './testing.js';

const notices = (log) => log.notices.map(({ kind, seq }) => `${kind} ${seq}`);

test('what the team alone learns of stands among the other notices, wherever it came from', () => {
  const log = new TeamLog();
  log.describe(conversation(5));
  assert.equal(log.appendPage([event(4, 3, AGENT, 'priority_changed', { priority: 'high' }), event(5, 4, AGENT, 'status_changed', { status: 'pending' })], 3), true);
  const older = [message(1, 0, VISITOR, 'Hello'), event(3, 1, AGENT, 'target_missed', { target: 'first_response', due: 7 })];
  log.prepend([event(2, 1, AGENT, 'target_missed', { target: 'resolution', due: 7 })], 1);
  assert.deepEqual(notices(log), ['priority_changed 4', 'status_changed 5'], 'that does not end where the log begins');
  log.prepend(older, 0);
  assert.equal(log.append(event(9, 8, AGENT, 'priority_changed', { priority: 'low' })), false, 'a gap');
  assert.deepEqual(notices(log), ['target_missed 3', 'priority_changed 4', 'status_changed 5']);
  log.append(event(6, 5, AGENT, 'priority_changed', { priority: 'low' }));
  assert.deepEqual([notices(log).at(-1), log.conversation.head], ['priority_changed 6', 6]);
  log.reset(conversation(9));
  assert.deepEqual(notices(log), []);
});
