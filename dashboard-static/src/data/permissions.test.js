import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, may, mayIn, reachOf } from './permissions.ts';

test('a right is had at whatever reach, and by its whole name', () => {
  const permissions = ['read_conversations:departments', 'tag_conversations', 'read_tags'];
  assert.equal(may(permissions, 'read_conversations'), true);
  assert.equal(may(permissions, 'tag_conversations'), true);
  assert.equal(may(permissions, 'manage_tags'), false);
  assert.equal(may(['read_conversations_of_others'], /** @type {any} */ ('read_conversations')), false);
  assert.equal(reachOf(permissions, 'read_conversations'), 'departments');
  assert.equal(reachOf(permissions, 'tag_conversations'), 'all');
});

test('a right reaches a conversation by whose it is and where it is', () => {
  const lin = { id: 'lin', departments: ['sales'] };
  const at = (reach, conversation) => mayIn([`write_messages${reach}`], 'write_messages', lin, { assignee: null, ...conversation });
  assert.ok(at('', { department: 'support' }));
  assert.ok(at(':departments', { department: 'sales' }));
  assert.ok(at(':departments', {}), 'the general queue');
  assert.ok(at(':departments', { department: 'support', assignee: { id: 'lin' } }));
  assert.ok(!at(':departments', { department: 'support', assignee: { id: 'bo' } }));
  assert.ok(at(':own', { department: 'support', assignee: { id: 'lin' } }));
  assert.ok(!at(':own', {}));
  assert.ok(!mayIn([], 'write_messages', lin, { assignee: { id: 'lin' } }));
});

test('nobody gives what they lack, or further than they have it', () => {
  assert.ok(covers(['read_conversations', 'read_tags'], ['read_conversations:own']));
  assert.ok(covers(['read_conversations:departments'], ['read_conversations:own']));
  assert.ok(!covers(['read_conversations:departments'], ['read_conversations']));
  assert.ok(!covers(['read_conversations'], ['read_tags']));
  assert.ok(covers([], []));
});
