import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { takeSetupToken } from './setup-token.ts';

let address;

beforeEach(() => {
  address = undefined;
  globalThis.history = { state: null, replaceState: (_state, _title, to) => (address = to) };
});

const open = (hash) => {
  globalThis.location = { hash, pathname: '/dashboard/', search: '' };
  return takeSetupToken();
};

test('the token is taken out of the address, whatever it is', () => {
  assert.equal(open('#setup=a%2Fb'), 'a/b');
  assert.equal(address, '/dashboard/');
  assert.equal(open('#setup=%E0%A4%A'), undefined);
});

test('any other address is left alone', () => {
  assert.equal(open('#/conversations'), undefined);
  assert.equal(address, undefined);
});
