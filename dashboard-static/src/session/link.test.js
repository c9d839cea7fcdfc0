import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import '../../testing.js';

const { followLinks, takeLink } = await import('./link.ts');

let address;
let follow;

beforeEach(() => {
  address = undefined;
  globalThis.history = { state: null, replaceState: (_state, _title, to) => (address = to) };
  globalThis.addEventListener = (_name, listener) => (follow = listener);
});

const at = (hash) => (globalThis.location = { hash, pathname: '/dashboard/', search: '' });

const open = (hash) => {
  at(hash);
  return takeLink();
};

test('the token is taken out of the address, whatever it is', () => {
  for (const kind of ['setup', 'invitation', 'reset', 'email']) {
    address = undefined;
    assert.deepEqual(open(`#${kind}=a%2Fb`), { kind, token: 'a/b' });
    assert.equal(address, '/dashboard/');
  }
  assert.deepEqual(open('#invitation=%E0%A4%A'), { kind: 'invitation', token: '' });
});

test('any other address is left alone', () => {
  assert.equal(open('#/conversations'), undefined);
  assert.equal(open('#/settings/tags?invitation=a'), undefined);
  assert.equal(address, undefined);
});

test('a link that is opened where the dashboard is shown already is taken as well, and any other address changes nothing', () => {
  at('#/conversations');
  const link = followLinks();
  assert.equal(link.state, undefined);
  at('#reset=abc');
  follow();
  assert.deepEqual(link.state, { kind: 'reset', token: 'abc' });
  assert.equal(address, '/dashboard/');
  at('');
  follow();
  assert.deepEqual(link.state, { kind: 'reset', token: 'abc' });
});
