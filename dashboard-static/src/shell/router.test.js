import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, find, match } from './router.ts';

test('a pattern names the parts of a path; only the last may be missing', () => {
  assert.deepEqual(match('/conversations/:id?', '/conversations/c1'), { id: 'c1' });
  assert.deepEqual(match('/conversations/:id?', '/conversations'), {});
  assert.deepEqual(match('/conversations/:id?', '/conversations/'), {});
  assert.equal(match('/conversations/:id?', '/conversations/c1/more'), undefined);
  assert.equal(match('/conversations/:id', '/conversations'), undefined);
  assert.equal(match('/settings/tags', '/settings/people'), undefined);
});

test('an address is found with what it says; one that fits none is found nowhere', () => {
  const rows = [{ path: '/conversations/:id?' }, { path: '/settings/tags' }];
  const found = find(rows, '#/conversations/c1?status=pending&tag=t%201');
  assert.deepEqual(found, { row: rows[0], parameters: { id: 'c1' }, query: { status: 'pending', tag: 't 1' } });
  assert.equal(find(rows, '#/settings/tags').row, rows[1]);
  assert.equal(find(rows, '#/nothing'), undefined);
  assert.equal(find(rows, ''), undefined);
});

test('an address is made of what it is to say, and read back', () => {
  const address = addressOf('/conversations/:id?', { id: 'a/b' }, { status: 'closed', tag: undefined });
  assert.equal(address, '#/conversations/a%2Fb?status=closed');
  const { parameters, query } = find([{ path: '/conversations/:id?' }], address);
  assert.deepEqual([parameters, query], [{ id: 'a/b' }, { status: 'closed' }]);
  assert.equal(addressOf('/conversations/:id?'), '#/conversations');
});

test('what was typed by hand breaks nothing', () => {
  assert.deepEqual(match('/conversations/:id?', '/conversations/%E0%A4%A'), { id: '%E0%A4%A' });
});
