import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newsOf } from './news.ts';

const me = (desktop, sound = true) => ({ id: 'ada', notifications: { desktop, email: 'nothing', sound } });
const mine = { id: 'a', assignee: { kind: 'agent', id: 'ada', name: 'Ada' } };
const theirs = { id: 'b', assignee: { kind: 'agent', id: 'bo', name: 'Bo' } };
const nobodys = { id: 'c', assignee: null };
const ARRIVED = [mine, theirs, nobodys];

const of = (user, looking = []) => {
  const { told, heard } = newsOf(user, ARRIVED, looking);
  return [told.map(({ id }) => id).join(''), heard];
};

test('whoever does not look is told of what they have chosen', () => {
  assert.deepEqual(of(me('mine')), ['a', true]);
  assert.deepEqual(of(me('all')), ['abc', true]);
  assert.deepEqual(of(me('nothing')), ['', false]);
  assert.deepEqual(of(me('all', false)), ['abc', false]);
});

test('whoever looks hears of what is not in front of them, and is shown nothing twice', () => {
  assert.deepEqual(of(me('all'), [undefined]), ['', true]);
  assert.deepEqual(of(me('mine'), ['b']), ['', true]);
  assert.deepEqual(of(me('mine'), ['b', 'a']), ['', false]);
});
