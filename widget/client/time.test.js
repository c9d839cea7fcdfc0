import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayName, timeAgo } from './time.js';

const NOW = new Date(2026, 10, 26, 12).getTime();
const HOUR = 3_600_000;

test('a time ago is said in words', () => {
  const said = (hours) => timeAgo(NOW - hours * HOUR, NOW);
  assert.deepEqual([said(0), said(-1), said(0.5), said(3), said(20), said(100)], [
    'just now', 'just now', '30 minutes ago', '3 hours ago', 'yesterday', '4 days ago',
  ]);
});

test('a day is called by what tells it from the others', () => {
  const name = (days) => dayName(new Date(2026, 10, 26 - days, 9).getTime(), NOW);
  assert.deepEqual([name(0), name(1)], ['Today', 'Yesterday']);
  assert.doesNotMatch(name(3), /\d/);
  assert.match(name(10), /16/);
  assert.match(name(400), /2025/);
});
