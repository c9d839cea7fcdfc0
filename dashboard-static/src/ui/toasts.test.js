import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Toasts } from './toasts.ts';

/** A clock that the test turns. */
function scene() {
  const due = new Map();
  let timer = 0;
  let now = 0;
  const toasts = new Toasts({
    setTimeout: (run, after) => (due.set((timer += 1), { run, at: now + after }), timer),
    clearTimeout: (id) => due.delete(id),
  });
  const turn = (milliseconds) => {
    now += milliseconds;
    for (const [id, { run, at }] of [...due]) {
      if (at <= now && due.delete(id)) run();
    }
  };
  return { toasts, turn, texts: () => toasts.state.shown.map(({ text }) => text), due };
}

test('a toast goes by itself; one with something to press stays longer', () => {
  const { toasts, turn, texts } = scene();
  toasts.add('Saved');
  toasts.add('Resolved', { action: { label: 'Undo', run() {} } });
  turn(6_000);
  assert.deepEqual(texts(), ['Resolved']);
  turn(7_000);
  assert.deepEqual(texts(), []);
});

test('one that is held stays, and has its whole time again when let go', () => {
  const { toasts, turn, texts } = scene();
  toasts.add('Saved');
  const [{ id }] = toasts.state.shown;
  toasts.hold(id);
  turn(60_000);
  assert.deepEqual(texts(), ['Saved']);
  toasts.release(id);
  turn(4_900);
  assert.deepEqual(texts(), ['Saved']);
  turn(200);
  assert.deepEqual(texts(), []);
});

test('three at most, and the first makes way', () => {
  const { toasts, texts, due } = scene();
  for (const text of ['1', '2', '3', '4', '5']) toasts.add(text);
  assert.deepEqual(texts(), ['3', '4', '5']);
  assert.equal(due.size, 3, 'no timer is left behind');
});

test('whoever made it can take it away, once or twice', () => {
  const { toasts, texts, due } = scene();
  const remove = toasts.add('Working');
  remove();
  remove();
  assert.deepEqual(texts(), []);
  assert.equal(due.size, 0);
});

test('listeners hear of each change, and of nothing else', () => {
  const { toasts } = scene();
  let heard = 0;
  const stop = toasts.subscribe(() => (heard += 1));
  const remove = toasts.add('1');
  toasts.remove(99);
  remove();
  stop();
  toasts.add('2');
  assert.equal(heard, 2);
});
