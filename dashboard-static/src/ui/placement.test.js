import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placement } from './placement.ts';

const ROOM = { width: 400, height: 300 };
const MENU = { width: 120, height: 100 };
const button = (left, top) => ({ left, right: left + 40, top, bottom: top + 30 });

test('below the button, level with its beginning', () => {
  assert.deepEqual(placement(button(50, 20), MENU, ROOM), { left: 50, top: 54 });
});

test('level with its end, and with the beginning that right-to-left has', () => {
  assert.deepEqual(placement(button(200, 20), MENU, ROOM, { alignEnd: true }), { left: 120, top: 54 });
  assert.deepEqual(placement(button(200, 20), MENU, ROOM, { rightToLeft: true }), { left: 120, top: 54 });
  assert.deepEqual(placement(button(50, 20), MENU, ROOM, { alignEnd: true, rightToLeft: true }), { left: 50, top: 54 });
});

test('above it where there is no room below', () => {
  assert.equal(placement(button(50, 250), MENU, ROOM).top, 146);
});

test('never out of the window', () => {
  assert.equal(placement(button(370, 20), MENU, ROOM).left, 272);
  assert.equal(placement(button(0, 20), MENU, ROOM, { alignEnd: true }).left, 8);
  assert.equal(placement(button(50, 140), { width: 120, height: 290 }, ROOM).top, 8);
});
