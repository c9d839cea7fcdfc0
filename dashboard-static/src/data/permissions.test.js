import assert from 'node:assert/strict';
import { test } from 'node:test';
import { may } from './permissions.ts';

test('a right is had at whatever reach, and by its whole name', () => {
  const permissions = ['read_conversations:departments', 'tag_conversations', 'read_tags'];
  assert.equal(may(permissions, 'read_conversations'), true);
  assert.equal(may(permissions, 'tag_conversations'), true);
  assert.equal(may(permissions, 'manage_tags'), false);
  assert.equal(may(['read_conversations_of_others'], /** @type {any} */ ('read_conversations')), false);
});
