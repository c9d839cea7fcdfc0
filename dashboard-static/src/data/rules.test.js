import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedRules } from './rules.ts';

test('what has a name has one, and not too long a one', () => {
  assert.equal(namedRules.name('  '), 'Enter a name.');
  assert.equal(namedRules.name('Late delivery'), undefined);
  assert.match(namedRules.name('x'.repeat(101)), /at most 100/);
  assert.match(namedRules.description('x'.repeat(1_001)), /at most 1000/);
});
