import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colourOf, initials } from './initials.ts';

test('the first letters of the first and the last word', () => {
  assert.equal(initials('Ada Okonkwo'), 'AO');
  assert.equal(initials('ada'), 'A');
  assert.equal(initials('  María de la Cruz '), 'MC');
  assert.equal(initials('李 小龍'), '李小');
});

test('a letter is what a reader sees, not what Unicode counts', () => {
  assert.equal(initials('e\u0301mile'), 'É');
  assert.equal(initials('🇩🇪 Dora'), '🇩🇪');
  assert.equal(initials('👨‍👩‍👧 Family'), '👨‍👩‍👧');
  assert.equal(initials('🏴󠁧󠁢󠁳󠁣󠁴󠁿 Scot'), '🏴󠁧󠁢󠁳󠁣󠁴󠁿');
  assert.equal(initials('Dora 🇩🇪'), 'D');
});

test('what is not to be seen is passed over, and nothing at all is a question mark', () => {
  assert.equal(initials('\u2067Ada\u2069'), 'A');
  assert.equal(initials('\u200b'), '?');
  assert.equal(initials('\u2800 \u3164'), '?');
  assert.equal(initials(''), '?');
});

test('a heap of marks becomes two', () => {
  assert.equal([...initials(`z${'\u0347'.repeat(40)}`)].length, 3);
});

test('an id keeps its colour', () => {
  assert.equal(colourOf('abc', 8), colourOf('abc', 8));
  const seen = new Set(Array.from({ length: 100 }, (_, index) => colourOf(`person ${index}`, 8)));
  assert.equal(seen.size, 8);
});
