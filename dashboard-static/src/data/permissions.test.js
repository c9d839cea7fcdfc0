import assert from 'node:assert/strict';
import { test } from 'node:test';
import { may } from './permissions.ts';

test('what a role may do is the server’s own table', () => {
  assert.equal(may({ role: 'admin' }, 'manage_tags'), true);
  assert.equal(may({ role: 'agent' }, 'manage_tags'), false);
  assert.equal(may({ role: 'agent' }, 'tag_conversations'), true);
});
