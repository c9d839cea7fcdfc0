import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../../testing.js';

const { EVERYBODY, fits, openConversationsOf, peopleOf } = await import('./people-list.ts');

test('what is not asked for is not in the address', async () => {
  const asked = [];
  const ask = async (route, { query }) => {
    asked.push(query);
    return { items: [] };
  };
  await peopleOf(ask, EVERYBODY).load();
  await peopleOf(ask, { search: ' ada ', role: 'admin', department: 'd1', status: 'active' }).load();
  assert.deepEqual(asked, [
    { search: undefined, role: undefined, department: undefined, status: undefined, cursor: undefined },
    { search: 'ada', role: 'admin', department: 'd1', status: 'active', cursor: undefined },
  ]);
});

test('whoever does not fit any more leaves the list', () => {
  const ada = { role: 'admin', departments: ['d1'], status: 'active' };
  const of = (filter) => ({ ...EVERYBODY, ...filter });
  assert.ok(fits(ada, EVERYBODY));
  assert.ok(fits(ada, of({ search: 'x', role: 'admin', department: 'd1' })));
  assert.ok(!fits(ada, of({ role: 'agent' })));
  assert.ok(!fits(ada, of({ department: 'd2' })));
  assert.ok(!fits(ada, of({ status: 'deactivated' })));
});

test('open conversations are counted that are theirs, as far as one page goes', async () => {
  const asked = [];
  const answers = (list) => async (route, { query }) => {
    asked.push([route, query.assignee, query.status]);
    return list;
  };
  assert.deepEqual(await openConversationsOf(answers({ items: [{}, {}] }), 'ada'), { count: 2, more: false });
  assert.deepEqual(await openConversationsOf(answers({ items: [{}], nextCursor: 'x' }), 'ada'), { count: 1, more: true });
  assert.deepEqual(asked[0], ['GET /api/v1/conversations', 'ada', 'open']);
});
