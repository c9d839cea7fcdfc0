import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration } from './duration.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const english = (milliseconds, rest) => duration(milliseconds, { locale: 'en', ...rest });

test('the two largest units, and no more', () => {
  assert.equal(english(42 * SECOND), '42s');
  assert.equal(english(3 * MINUTE + 5 * SECOND), '3m 5s');
  assert.equal(english(2 * HOUR + 5 * MINUTE + 9 * SECOND), '2h 5m');
  assert.equal(english(50 * HOUR), '2d 2h');
});

test('a unit that is nothing ends it', () => {
  assert.equal(english(24 * HOUR + 3 * MINUTE), '1d');
  assert.equal(english(HOUR), '1h');
});

test('nothing, and what cannot be, is no time', () => {
  assert.equal(english(0), '0s');
  assert.equal(english(-5 * SECOND), '0s');
});

test('in full, and in another language', () => {
  assert.equal(english(HOUR + MINUTE, { long: true }), '1 hour, 1 minute');
  assert.match(duration(3 * MINUTE, { locale: 'de', long: true }), /3 Minuten/);
});
