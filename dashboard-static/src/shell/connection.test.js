import assert from 'node:assert/strict';
import { test } from 'node:test';
import { worst } from './connection.ts';

test('the worst connection is what counts', () => {
  const states = [{ name: 'live' }, { name: 'waiting', nextAttemptAt: 1 }, { name: 'connecting' }];
  assert.deepEqual(worst(states), states[1]);
  assert.deepEqual(worst([]), { name: 'idle' });
});
