import '../../testing.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';

const { timeToCome } = await import('./time.ts');

const NOW = Date.parse('2026-11-25T13:20Z');
const HOUR = 3_600_000;
const parts = (at, zone) => timeToCome(at, NOW, zone);

test('a time to come says its day where that is another one, by the clock of whoever reads it', () => {
  const day = (at, zone) => /[A-Z][a-z]{2}/.test(parts(at, zone));
  assert.equal(day(NOW + HOUR, 'UTC'), false);
  // In Kathmandu it is 19:05, and midnight is nearer.
  assert.equal(day(NOW + 6 * HOUR, 'UTC'), false);
  assert.equal(day(NOW + 6 * HOUR, 'Asia/Kathmandu'), true);
  assert.match(parts(NOW + 24 * HOUR, 'UTC'), /Thu/);
  assert.match(parts(NOW + 10 * 24 * HOUR, 'UTC'), /Dec/);
  assert.match(parts(NOW + HOUR, 'Asia/Kathmandu'), /8:05/);
});
