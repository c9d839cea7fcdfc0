import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setupRules } from './rules.ts';

test('what is empty is asked for, not measured', () => {
  assert.equal(setupRules.name('  '), 'Enter your name.');
  assert.equal(setupRules.password(''), 'Choose a password.');
  assert.equal(setupRules.email(''), 'Enter your e-mail address.');
});

test('what does not fit is told how far it is off', () => {
  assert.equal(setupRules.name('x'.repeat(101)), 'Enter a name of at most 100 characters.');
  assert.match(setupRules.password('short'), /at least 10 characters; it has 5/);
  assert.match(setupRules.email('ada'), /like ada@example.com/);
  assert.equal(setupRules.password('🦊'.repeat(10)), undefined);
});
