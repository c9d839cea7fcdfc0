import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moves } from './use-moves.ts';

const places = (keys) => new Map([...keys].map((key, index) => [key, index * 10]));

test('nothing moves where nothing has changed', () => {
  assert.deepEqual(moves(places('abc'), places('abc')), []);
});

test('what goes to the top comes from where it was, and the others make way', () => {
  assert.deepEqual(moves(places('abc'), places('cab')), [
    [0, 20],
    [1, -10],
    [2, -10],
  ]);
});

test('what is new at the top comes from nowhere', () => {
  assert.deepEqual(moves(places('ab'), places('cab')), [
    [0, undefined],
    [1, -10],
    [2, -10],
  ]);
});

test('what is gone lets the others up; more at the end moves nothing', () => {
  assert.deepEqual(moves(places('abc'), places('ac')), [[1, 10]]);
  assert.deepEqual(moves(places('ab'), places('abcd')), []);
  assert.deepEqual(moves(places('ab'), places('cd')), []);
});
