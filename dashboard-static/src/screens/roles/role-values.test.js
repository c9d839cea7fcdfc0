import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, createOf, valuesOf } from './role-values.ts';

const ROLE = { name: 'Trainee', permissions: ['read_conversations:own', 'read_own_account', 'update_own_account'] };

test('what was left alone is not sent', () => {
  const shown = valuesOf(ROLE);
  assert.equal(changesOf(shown, { ...shown, name: 'Trainee ' }), undefined);
  assert.deepEqual(changesOf(shown, { ...shown, description: 'New here', permissions: '["read_tags"]' }), {
    description: 'New here',
    permissions: ['read_tags'],
  });
});

test('one like another has its rights', () => {
  const values = valuesOf({ ...ROLE, name: '' });
  assert.deepEqual(createOf({ ...values, name: ' Other ' }), { name: 'Other', permissions: ['read_conversations:own'] });
});
