import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routeAddress, routeOf } from './route.ts';

const ID = '0b9d4c8e-3d53-5c7e-9a2f-7c1f4bb0a001';
const place = (parameters = {}, query = {}) => routeOf({ parameters, query });

test('without more, open conversations are listed and none is open', () => {
  assert.deepEqual(place(), { status: 'open', tag: undefined, department: undefined, conversationId: undefined });
  assert.equal(routeAddress(place()), '#/conversations');
});

test('status, department, tag and conversation are in the address', () => {
  const route = place({ id: ID }, { status: 'pending', tag: ID, department: ID });
  assert.deepEqual(route, { status: 'pending', tag: ID, department: ID, conversationId: ID });
  assert.equal(routeAddress(route), `#/conversations/${ID}?status=pending&department=${ID}&tag=${ID}`);
  assert.equal(routeAddress(place({}, { department: 'none' })), '#/conversations?department=none');
});

test('what is no status and no id says nothing', () => {
  assert.deepEqual(place({ id: 'x' }, { status: 'lost', tag: '1', department: 'all' }), place());
});
