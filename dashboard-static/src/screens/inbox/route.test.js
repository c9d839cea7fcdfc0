import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterOf, kindOf, routeAddress, routeOf } from './route.ts';

const ID = '0b9d4c8e-3d53-5c7e-9a2f-7c1f4bb0a001';
const place = (parameters = {}, query = {}) => routeOf({ parameters, query });

test('without more, open conversations are listed and none is open', () => {
  assert.deepEqual(place(), { view: undefined, status: 'open', tag: undefined, department: undefined, conversationId: undefined });
  assert.equal(routeAddress(place()), '#/conversations');
});

test('view, status, department, tag and conversation are in the address', () => {
  const route = place({ id: ID }, { status: 'pending', tag: ID, department: ID });
  assert.deepEqual(route, { view: undefined, status: 'pending', tag: ID, department: ID, conversationId: ID });
  assert.equal(routeAddress(route), `#/conversations/${ID}?status=pending&department=${ID}&tag=${ID}`);
  assert.equal(routeAddress(place({}, { department: 'none' })), '#/conversations?department=none');
  assert.equal(routeAddress(place({}, { view: 'mine', status: 'snoozed' })), '#/conversations?view=mine&status=snoozed');
});

test('what is no status and no id says nothing', () => {
  assert.deepEqual(place({ id: 'x' }, { view: 'theirs', status: 'lost', tag: '1', department: 'all' }), place());
});

test('an address asks for a list, and for the count of it where it is counted', () => {
  const mine = place({}, { view: 'mine', department: 'none', tag: ID });
  assert.deepEqual(filterOf(mine, ['old']), { status: 'open', whose: 'mine', department: 'none', tag: ID, merged: ['old'] });
  assert.deepEqual(kindOf(mine), { status: 'open', whose: 'mine', department: 'none' });
  assert.deepEqual(filterOf(place({}, { view: 'unassigned', status: 'all' })), { status: 'all', whose: 'nobodys' });
  assert.equal(kindOf(place({}, { status: 'all' })), undefined);
  assert.equal(kindOf(place({}, { status: 'closed' })), undefined);
  assert.deepEqual(kindOf(place({}, { status: 'snoozed' })), { status: 'snoozed' });
});
