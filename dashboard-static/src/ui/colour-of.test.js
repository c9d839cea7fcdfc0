import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colourOf } from './colour-of.ts';

test('an id keeps its colour', () => {
  assert.equal(colourOf('abc', 8), colourOf('abc', 8));
  const seen = new Set(Array.from({ length: 100 }, (_, index) => colourOf(`person ${index}`, 8)));
  assert.equal(seen.size, 8);
});
