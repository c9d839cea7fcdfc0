import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setUp, tearDown } from '../../../widget/client/testing.js';
import '../../testing.js';

const { ApiError } = await import('../../../widget/client/api.js');
const { Form } = await import('./form.ts');

beforeEach(setUp);
afterEach(tearDown);

const rules = { name: (value) => (value === '' ? 'Enter a name.' : undefined) };
const invalid = (errors) => new ApiError(422, { code: 'invalid_field', detail: 'name must be short.', errors }, undefined);

function form(send, options = {}) {
  return new Form({ values: { name: '', colour: 'red' }, rules, send, ...options });
}

test('nobody is told off before they have tried; then at once, and no longer than it is so', async () => {
  const sent = [];
  const one = form(async (values) => sent.push(values));
  one.write('colour', 'blue');
  assert.deepEqual(one.state.errors, {});
  assert.equal(await one.submit(), false);
  assert.deepEqual(one.state.errors, { name: 'Enter a name.' });
  one.write('name', 'x');
  assert.deepEqual(one.state.errors, {});
  assert.equal(await one.submit(), true);
  assert.deepEqual(sent, [{ name: 'x', colour: 'blue' }]);
});

test('what the server says of a field stands at it, until it is written again', async () => {
  const one = form(() => Promise.reject(invalid([{ pointer: '/name', detail: 'must be short' }])));
  one.write('name', 'long');
  await one.submit();
  assert.deepEqual([one.state.errors, one.state.error], [{ name: 'Must be short.' }, undefined]);
  one.write('colour', 'green');
  assert.deepEqual(one.state.errors, { name: 'Must be short.' });
  one.write('name', 's');
  assert.deepEqual(one.state.errors, {});
});

test('what it says of something else stands above the button', async () => {
  const one = form(() => Promise.reject(invalid([{ pointer: '/size', detail: 'is missing' }])));
  one.write('name', 'x');
  await one.submit();
  assert.deepEqual([one.state.errors, one.state.error], [{}, 'Name must be short.']);
});

test('what is wrong with a part of a field stands under its pointer, until the field is written again', async () => {
  const parts = { rules: { colour: (value) => (value === 'red' ? { '0/from': 'Too red.' } : undefined) } };
  const one = form(() => Promise.reject(invalid([{ pointer: '/colour/1', detail: 'must be paler' }])), parts);
  await one.submit();
  assert.deepEqual(one.state.errors, { 'colour/0/from': 'Too red.' });
  one.write('colour', 'blue');
  await one.submit();
  assert.deepEqual([one.state.errors, one.state.error], [{ 'colour/1': 'Must be paler.' }, undefined]);
  one.write('name', 'x');
  assert.deepEqual(one.state.errors, { 'colour/1': 'Must be paler.' });
  one.write('colour', 'green');
  assert.deepEqual(one.state.errors, {});
});

test('a form may have better words', async () => {
  const refusal = (error) => (error.status === 409 ? { name: 'Taken.' } : error.status === 412 ? 'Changed.' : undefined);
  const errors = [409, 412].map((status) => new ApiError(status, {}, undefined));
  const one = form(() => Promise.reject(errors.shift()), { refusal });
  one.write('name', 'x');
  await one.submit();
  assert.deepEqual([one.state.errors, one.state.error], [{ name: 'Taken.' }, undefined]);
  one.write('name', 'y');
  await one.submit();
  assert.deepEqual([one.state.errors, one.state.error], [{}, 'Changed.']);
});

test('pressed again meanwhile with other values, those are sent when the first were refused', async () => {
  const sent = [];
  const answers = [];
  const one = form((values) => {
    sent.push(values.name);
    const answer = Promise.withResolvers();
    answers.push(answer);
    return answer.promise;
  });
  one.write('name', 'wrong');
  const done = one.submit();
  one.write('name', 'right');
  await one.submit();
  assert.deepEqual(sent, ['wrong']);
  answers[0].reject(new Error('no'));
  await new Promise((resolve) => setImmediate(resolve));
  answers[1].resolve();
  assert.equal(await done, true);
  assert.deepEqual(sent, ['wrong', 'right']);
});

test('is not sent while the server wants to be left alone', async () => {
  let sent = 0;
  const one = form(() => {
    sent += 1;
    return Promise.reject(new ApiError(429, { code: 'rate_limited' }, 5_000));
  });
  one.write('name', 'x');
  await one.submit();
  await one.submit();
  assert.equal(sent, 1);
  assert.equal(one.state.error, 'Too many attempts. Try again in 5 seconds.');
});
