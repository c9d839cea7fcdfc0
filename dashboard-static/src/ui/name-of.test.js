import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strings } from '../strings/names.ts';
import { isUnnamed, nameOf } from './name-of.ts';

const unnamed = (id) => ({ id, name: `Visitor ${id.slice(0, 4).toUpperCase()}` });
/** An id for a number, as random ones are. */
const idOf = (number) => `${(number * 2_654_435_761 % 2 ** 32).toString(16).padStart(8, '0')}-6f0e-4c1f-9a51-0a3f6f1f7c11`;

test('a name is for ever: whoever changes the words or the rule renames everybody', () => {
  assert.equal(nameOf(unnamed('6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c11')), 'Noble Dormouse');
  assert.equal(nameOf(unnamed('6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c12')), 'Keen Zebra');
  assert.equal(nameOf(unnamed('00000000-0000-4000-8000-000000000000')), 'Rosy Jerboa');
  assert.deepEqual([strings.qualities.length, strings.creatures.length], [122, 225]);
});

test('no word is there twice', () => {
  for (const words of [strings.qualities, strings.creatures]) {
    assert.equal(new Set(words).size, words.length);
  }
});

test('whoever has a name keeps it', () => {
  const id = '6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c11';
  for (const name of ['Mia Hartmann', 'Visitor', 'Visitor 7', 'Visitor 0000', 'visitor 6f1c', '']) {
    assert.equal(isUnnamed({ id, name }), false, name);
    assert.equal(nameOf({ id, name }), name);
  }
});

test('of two visitors in a list one is hardly ever called like the other, also if their ids are near each other', () => {
  const names = Array.from({ length: 2_000 }, (_, number) => nameOf(unnamed(idOf(number))));
  assert.ok(new Set(names).size > 1_850, `${new Set(names).size} names`);
  const near = Array.from({ length: 60 }, (_, number) => nameOf(unnamed(`6f1c1a52-6f0e-4c1f-9a51-0a3f6f1f7c${number + 10}`)));
  assert.ok(new Set(near).size >= 59, near.join());
});
