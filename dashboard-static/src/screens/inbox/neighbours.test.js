import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextAfter, stepFrom } from './neighbours.ts';

const ids = ['a', 'b', 'c'];

test('steps go along the list, begin at its top, and end at its ends', () => {
  assert.equal(stepFrom(ids, undefined, 1), 'a');
  assert.equal(stepFrom(ids, 'gone', -1), 'a');
  assert.equal(stepFrom(ids, 'a', 1), 'b');
  assert.equal(stepFrom(ids, 'b', -1), 'a');
  assert.equal(stepFrom(ids, 'c', 1), undefined);
  assert.equal(stepFrom([], 'a', 1), undefined);
});

test('after one that is done with comes the one below, else the one above', () => {
  assert.equal(nextAfter(ids, 'a'), 'b');
  assert.equal(nextAfter(ids, 'c'), 'b');
  assert.equal(nextAfter(['a'], 'a'), undefined);
  assert.equal(nextAfter(ids, 'gone'), 'a');
});
