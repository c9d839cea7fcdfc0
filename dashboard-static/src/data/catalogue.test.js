import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import '../../testing.js';

const { ApiError } = await import('../../../widget/client/api.js');
const { departmentsOf } = await import('./departments.ts');

let stored;
let asked;
let departments;

beforeEach(async () => {
  stored = new Map([department('a', 'Sales'), department('b', 'Billing')].map((one) => [one.id, one]));
  asked = [];
  departments = departmentsOf(async (route, { path = {}, query = {}, body, version } = {}) => {
    asked.push(route);
    const one = stored.get(path.id);
    switch (route) {
      case 'GET /api/v1/departments':
        return { items: [...stored.values()].filter(({ archivedAt }) => (archivedAt !== undefined) === query.archived) };
      case 'GET /api/v1/departments/{id}':
        if (!one) throw new ApiError(404, { code: 'not_found' }, undefined);
        return one;
      case 'PATCH /api/v1/departments/{id}':
        if (version !== one.version) throw new ApiError(412, { code: 'precondition_failed' }, undefined);
        return put({ ...one, ...body, version: one.version + 1, ...('archived' in body && { archivedAt: body.archived ? 9 : undefined }) });
    }
  });
  await departments.active.load();
});

function department(id, name) {
  return { id, name, version: 1, members: 0, conversations: 0 };
}

function put(one) {
  stored.set(one.id, one);
  return one;
}

const names = ({ state }) => state.items.map(({ name }) => name);
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('lists what is in use by name; what is archived changes lists, and back', async () => {
  await departments.archived.load();
  assert.deepEqual(names(departments.active), ['Billing', 'Sales']);
  await departments.archive(departments.active.get('a'), true);
  assert.deepEqual([names(departments.active), names(departments.archived)], [['Billing'], ['Sales']]);
  await departments.archive(departments.archived.get('a'), false);
  assert.deepEqual([names(departments.active), names(departments.archived)], [['Billing', 'Sales'], []]);
});

test('one is changed wherever it is, and in the version that was seen', async () => {
  await departments.archived.load();
  await departments.archive(departments.active.get('a'), true);
  const archived = departments.get('a');
  await departments.change(archived, { name: 'Offers' });
  assert.deepEqual(names(departments.archived), ['Offers']);
  await assert.rejects(departments.change(archived, { name: 'Late' }), ApiError);
  assert.equal(departments.get('a').name, 'Offers');
});

test('one that is not here is looked for, once, and then is here, or gone', async () => {
  stored.set('x', { ...department('x', 'Old'), archivedAt: 5 });
  assert.equal(departments.get('x'), undefined);
  departments.get('x');
  await settle();
  assert.equal(departments.get('x').name, 'Old');
  departments.get('gone');
  await settle();
  assert.equal(departments.isGone('gone'), true);
  departments.get('gone');
  assert.equal(asked.filter((route) => route === 'GET /api/v1/departments/{id}').length, 2);
});
