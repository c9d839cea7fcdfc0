import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strings } from '../../strings/tags.ts';
import { COLOURS, tagRules, updateOf } from './tag-rules.ts';

test('a tag has a name, and not too long a one', () => {
  assert.equal(tagRules.name('  '), 'Enter a name.');
  assert.equal(tagRules.name('Late delivery'), undefined);
  assert.match(tagRules.name('x'.repeat(101)), /at most 100/);
  assert.match(tagRules.description('x'.repeat(1_001)), /at most 1000/);
});

test('an empty description is none', () => {
  assert.deepEqual(updateOf({ name: ' a ', color: '#111111', description: ' ' }), { name: 'a', color: '#111111', description: null });
});

test('each colour has a name', () => {
  assert.deepEqual(COLOURS.filter((colour) => !strings.colours[colour]), []);
});
