import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PERMISSIONS } from '../../../../domain/bindings/wire-values.js';
import { strings } from '../../strings/roles.ts';
import { GROUPS, chosenOf, givable, warningsOf, withRight } from './rights.ts';

test('each right that a role can have is in one group, and has words', () => {
  const grouped = Object.values(GROUPS).flat();
  // A visitor's, and everybody's.
  const others = ['start_conversations', 'read_own_account', 'update_own_account'];
  assert.deepEqual([...grouped, ...others].toSorted(), [...PERMISSIONS].toSorted());
  assert.deepEqual(grouped.filter((right) => !strings.names[right]), []);
});

test('a right is given, narrowed and taken, in the order of the server', () => {
  const had = ['read_conversations', 'read_tags'];
  assert.deepEqual(withRight(had, 'write_messages', 'own'), ['read_conversations', 'write_messages:own', 'read_tags']);
  assert.deepEqual(withRight(had, 'read_conversations', 'departments'), ['read_conversations:departments', 'read_tags']);
  assert.deepEqual(withRight(had, 'read_tags', undefined), ['read_conversations']);
  assert.deepEqual(withRight(had, 'manage_tags', 'all'), ['read_conversations', 'read_tags', 'manage_tags']);
  assert.deepEqual(chosenOf([...had, 'read_own_account', 'update_own_account']), had);
});

test('nobody gives what they lack, or further than they have it', () => {
  const own = ['read_conversations:departments', 'read_tags'];
  assert.deepEqual(givable(own, 'read_conversations'), ['own', 'departments']);
  assert.deepEqual(givable(own, 'read_tags'), ['own', 'departments', 'all']);
  assert.deepEqual(givable(own, 'manage_tags'), []);
});

test('what does nothing, or ends earlier than it says, is told', () => {
  const { nothingSeen, noInbox, noNotes } = strings.warnings;
  assert.deepEqual(warningsOf([]), []);
  assert.deepEqual(warningsOf(['read_tags']), []);
  assert.deepEqual(warningsOf(['write_messages']), [nothingSeen]);
  assert.deepEqual(warningsOf(['read_conversations', 'write_notes']), [noInbox, noNotes]);
  assert.match(warningsOf(['read_conversations:own', 'write_messages', 'follow_inbox'])[0], /“Answer visitors” reaches further/);
  assert.deepEqual(warningsOf(['read_conversations', 'write_messages:own', 'follow_inbox']), []);
});
