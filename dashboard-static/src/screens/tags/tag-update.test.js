import assert from 'node:assert/strict';
import { test } from 'node:test';
import { updateOf } from './tag-update.ts';

test('an empty description is none', () => {
  assert.deepEqual(updateOf({ name: ' a ', color: '#111111', description: ' ' }), { name: 'a', color: '#111111', description: null });
});
