import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { PageStorage, notificationPermission, oneOfAllTabs, oneTabAtATime, showNotification, tabChannel } from './facilities.js';
import { setUp, tearDown } from './testing.js';

beforeEach(setUp);
afterEach(tearDown);

const denied = () => new DOMException('denied', 'SecurityError');

/** A browser's storage, of which only so many characters are left. */
function realStorage(items = {}, left = Infinity) {
  const methods = {
    getItem: (key) => (Object.hasOwn(items, key) ? items[key] : null),
    setItem(key, value) {
      if (key.length + value.length > left) {
        throw new DOMException('full', 'QuotaExceededError');
      }
      items[key] = value;
    },
    removeItem: (key) => delete items[key],
  };
  return new Proxy(items, { get: (_, name) => methods[name] });
}

test('a storage that works is used', () => {
  const items = {};
  const storage = new PageStorage(() => realStorage(items));
  storage.setItem('a', '1');
  assert.deepEqual(items, { a: '1' });
  assert.equal(storage.isLasting, true);
  storage.removeItem('a');
  assert.equal(storage.getItem('a'), null);
});

test('a storage that is denied is a memory', () => {
  const storage = new PageStorage(() => {
    throw denied();
  });
  assert.equal(storage.isLasting, false);
  storage.setItem('a', '1');
  assert.equal(storage.getItem('a'), '1');
  assert.deepEqual(storage.keys(), ['a']);
  storage.removeItem('a');
  assert.deepEqual([storage.getItem('a'), storage.keys()], [null, []]);
});

test('a storage that is full is still read, and forgets nothing that it did not take', () => {
  const items = { old: 'kept', changed: 'before' };
  const storage = new PageStorage(() => realStorage(items, 3));
  assert.equal(storage.isLasting, false);
  storage.setItem('changed', 'after');
  storage.setItem('new', 'too long');
  assert.deepEqual([storage.getItem('old'), storage.getItem('changed'), storage.getItem('new')], ['kept', 'after', 'too long']);
  assert.deepEqual(storage.keys(), ['old', 'changed', 'new']);
  storage.removeItem('changed');
  assert.deepEqual([storage.getItem('changed'), items], [null, { old: 'kept' }]);
});

test('a task is done once, whatever the locks are like', async () => {
  let done = 0;
  const task = async () => (done += 1);
  const locks = [
    undefined,
    { request: () => Promise.reject(denied()) },
    {
      request() {
        throw denied();
      },
    },
    { request: (_name, _options, begin) => begin() },
  ];
  for (const [index, one] of locks.entries()) {
    navigator.locks = one;
    assert.equal(await oneTabAtATime('x', task), index + 1);
  }
});

test('a task that fails under a lock is not done again', async () => {
  let done = 0;
  navigator.locks = { request: (_name, _options, begin) => begin() };
  const failing = async () => {
    done += 1;
    throw new Error('no network');
  };
  await assert.rejects(oneTabAtATime('x', failing), /no network/);
  assert.equal(done, 1);
});

test('without a channel nobody is told', () => {
  globalThis.BroadcastChannel = class {
    constructor() {
      throw denied();
    }
  };
  const tell = tabChannel('x', () => {});
  tell('anything');
});

test('of all tabs one is chosen, and another one when it has ended', async () => {
  const waiting = [];
  navigator.locks = {
    request: async (_name, { signal }, begin) => {
      waiting.push(begin);
      const turn = waiting.at(-2);
      if (turn) await new Promise((resolve) => (turn.next = resolve));
      if (signal.aborted) throw denied();
      await begin();
      begin.next?.();
    },
  };
  const [one, other] = [oneOfAllTabs('x'), oneOfAllTabs('x')];
  await Promise.resolve();
  assert.deepEqual([one.isChosen(), other.isChosen()], [true, false]);
  one.end();
  await new Promise(setImmediate);
  assert.deepEqual([one.isChosen(), other.isChosen()], [false, true]);
  other.end();
  assert.equal(other.isChosen(), false);
});

test('where there are no locks, each tab is chosen', async () => {
  for (const locks of [undefined, { request: () => Promise.reject(denied()) }]) {
    navigator.locks = locks;
    const one = oneOfAllTabs('x');
    await new Promise(setImmediate);
    assert.equal(one.isChosen(), true);
    one.end();
    await new Promise(setImmediate);
    assert.equal(one.isChosen(), false);
  }
});

test('a browser that shows no notifications is no trouble', () => {
  assert.equal(notificationPermission(), 'unsupported');
  assert.equal(showNotification('Hello', {}), undefined);
  globalThis.Notification = class {
    static permission = 'granted';
    constructor() {
      throw new TypeError('Illegal constructor');
    }
  };
  assert.equal(notificationPermission(), 'granted');
  assert.equal(showNotification('Hello', {}), undefined);
  delete globalThis.Notification;
});
