import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitOf } from './waits.ts';

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;
const wait = (conversation) => waitOf({ status: 'open', ...conversation }, NOW);

test('the target that is due soonest says the most, in words of what is left or past', () => {
  const due = { firstResponse: NOW + 4 * MINUTE + 1, resolution: NOW + 60 * MINUTE };
  assert.deepEqual(wait({ due, waitingSince: NOW - 9 * MINUTE }), { kind: 'due', target: 'firstResponse', at: due.firstResponse, minutes: 5 });
  assert.equal(wait({ due: { nextResponse: NOW } }).kind, 'due');
  assert.deepEqual(wait({ due: { nextResponse: NOW - 1 } }), { kind: 'late', target: 'nextResponse', at: NOW - 1, minutes: 0 });
  assert.equal(wait({ due: { nextResponse: NOW - 3 * MINUTE } }).minutes, 3);
});

test('without a target it is how long the visitor waits, and nothing where nobody does', () => {
  assert.deepEqual(wait({ waitingSince: NOW - 119_999 }), { kind: 'waits', at: NOW - 119_999, minutes: 1 });
  assert.equal(wait({ waitingSince: NOW + 5_000 }).minutes, 0, 'this clock is behind');
  assert.equal(wait({ due: {} }), undefined);
});

test('what sleeps says until when, and nothing where it sleeps until the visitor answers', () => {
  assert.deepEqual(wait({ status: 'snoozed', snoozedUntil: NOW + 5, due: { resolution: NOW } }), { kind: 'snoozed', at: NOW + 5 });
  assert.equal(wait({ status: 'snoozed', waitingSince: NOW }), undefined);
});
