import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secondsOf, spanOf } from './span.ts';

test('what people write is read', () => {
  for (const [text, seconds] of [
    ['90 s', 90],
    ['90sec', 90],
    ['5', 300],
    [' 5 MIN ', 300],
    ['5m', 300],
    ['1 h 30 min', 5_400],
    ['1h30m', 5_400],
    ['2 days', 172_800],
    ['0', 0],
  ]) {
    assert.equal(secondsOf(text), seconds, text);
  }
  for (const bad of ['', 'soon', '5 x', '-5', '1.5 h', '5 5', '1 h 5', 'h', '1234567']) assert.equal(secondsOf(bad), undefined, bad);
});

test('what is shown is read as the same', () => {
  for (const seconds of [0, 1, 59, 60, 90, 3_600, 5_400, 86_399, 86_400, 2_592_000]) assert.equal(secondsOf(spanOf(seconds)), seconds);
  assert.equal(spanOf(95_430), '1 d 2 h 30 min 30 s');
  assert.equal(spanOf(0), '0 min');
});
