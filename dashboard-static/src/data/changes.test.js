import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import '../../testing.js';

const { Changes, foreseen, isUnanswered } = await import('./changes.ts');

const CONVERSATION = { id: 'c', head: 5, status: 'open', assignee: null, tags: [] };

let changes;
let failures;
let head;
let begun;

beforeEach(() => {
  failures = [];
  begun = [];
  head = 5;
  changes = new Changes(
    (act, error) => failures.push([act.failure, error.message]),
    () => head,
  );
});

/** An act that ends when it is told to. */
function act(name, change) {
  const answer = Promise.withResolvers();
  const request = () => {
    begun.push(name);
    return answer.promise;
  };
  return { change: () => change, request, failure: name, ...answer };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const shown = (conversation = CONVERSATION) => foreseen(conversation, changes.state);

test('what is asked for while something else is under way is done after it, and shown at once', async () => {
  const [take, resolve] = [act('take', { assignee: 'ada' }), act('resolve', { status: 'resolved' })];
  changes.do('c', take);
  changes.do('c', resolve);
  assert.deepEqual(begun, ['take']);
  assert.deepEqual(shown(), { ...CONVERSATION, assignee: 'ada', status: 'resolved' });
  take.resolve({ head: 6 });
  await settle();
  assert.deepEqual(begun, ['take', 'resolve']);
  resolve.resolve({ head: 7 });
  await settle();
  assert.equal(isUnanswered('c', changes.state), false);
});

test('is shown until the conversation itself says it: nothing jumps back', async () => {
  const resolve = act('resolve', { status: 'resolved' });
  changes.do('c', resolve);
  resolve.resolve({ head: 7 });
  await settle();
  assert.equal(shown().status, 'resolved');
  assert.equal(shown({ ...CONVERSATION, head: 7, status: 'open' }).status, 'open');
});

test('what failed is said, and shown no more; what comes after it is done all the same', async () => {
  const [take, resolve] = [act('take', { assignee: 'ada' }), act('resolve', { status: 'resolved' })];
  changes.do('c', take);
  changes.do('c', resolve);
  take.reject(new Error('no'));
  await settle();
  assert.deepEqual(failures, [['take', 'no']]);
  assert.deepEqual(begun, ['take', 'resolve']);
  assert.deepEqual(shown(), { ...CONVERSATION, status: 'resolved' });
});

test('conversations do not wait for each other', () => {
  changes.do('c', act('one', {}));
  changes.do('d', act('other', {}));
  assert.deepEqual(begun, ['one', 'other']);
});

test('an answer without a place counts from the next event on', async () => {
  const untag = act('untag', { tags: [] });
  changes.do('c', untag);
  untag.resolve(undefined);
  await settle();
  assert.deepEqual(shown({ ...CONVERSATION, tags: ['t'] }).tags, []);
  assert.deepEqual(shown({ ...CONVERSATION, head: 6, tags: ['t'] }).tags, ['t']);
});
