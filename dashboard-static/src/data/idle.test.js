import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { IDLE_AFTER, IdleWatch } from './idle.ts';

const MINUTE = 60_000;
/** What the machine's clock is ahead of the timers': they sleep, or are late. */
let ahead = 0;
const now = () => Date.now() + ahead;

beforeEach(() => {
  ahead = 0;
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
});
afterEach(() => mock.timers.reset());

function watched() {
  const told = [];
  const watch = new IdleWatch({ now, tell: (idle) => told.push(idle) });
  watch.start();
  return { watch, told };
}

test('somebody is idle five minutes after their last input, and no more with the next', () => {
  const { watch, told } = watched();
  mock.timers.tick(4 * MINUTE);
  watch.touched();
  mock.timers.tick(IDLE_AFTER - 1);
  assert.deepEqual(told, []);
  mock.timers.tick(1);
  assert.deepEqual(told, [true]);
  mock.timers.tick(60 * MINUTE);
  assert.deepEqual(told, [true], 'once');
  watch.touched();
  watch.touched();
  assert.deepEqual(told, [true, false]);
  mock.timers.tick(IDLE_AFTER);
  assert.deepEqual(told, [true, false, true]);
});

test('a tab whose timers come a minute late is idle a minute later, and not twice', () => {
  const { watch, told } = watched();
  mock.timers.tick(4 * MINUTE);
  watch.touched();
  ahead += MINUTE;
  mock.timers.tick(MINUTE);
  // Two minutes have passed since the last input.
  assert.deepEqual(told, []);
  ahead += MINUTE;
  mock.timers.tick(3 * MINUTE);
  assert.deepEqual(told, [true]);
});

test('whoever wakes a machine that slept and touches it was never idle by what it says', () => {
  const { watch, told } = watched();
  mock.timers.tick(MINUTE);
  ahead += 60 * MINUTE;
  // The timer that was set before it slept comes now.
  mock.timers.tick(4 * MINUTE);
  assert.deepEqual(told, []);
  watch.touched();
  mock.timers.tick(IDLE_AFTER - 1);
  assert.deepEqual(told, []);
});

test('a machine that wakes by itself, and that nobody touches, is idle', () => {
  const { told } = watched();
  ahead += 60 * MINUTE;
  mock.timers.tick(IDLE_AFTER);
  assert.deepEqual(told, []);
  mock.timers.tick(30_000);
  assert.deepEqual(told, [true]);
});

test('nothing is said after the end', () => {
  const { watch, told } = watched();
  watch.stop();
  mock.timers.tick(60 * MINUTE);
  assert.deepEqual(told, []);
});
