import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import '../../testing.js';

const { ApiError } = await import('../../../widget/client/api.js');
const { Tags } = await import('./tags.ts');

let stored;
let asked;
let tags;

beforeEach(async () => {
  stored = new Map([tag('a', 'Refund'), tag('b', 'Delivery')].map((one) => [one.id, one]));
  asked = [];
  tags = new Tags(async (route, { path = {}, query = {}, body } = {}) => {
    asked.push(route);
    const one = stored.get(path.id);
    switch (route) {
      case 'GET /api/v1/tags':
        return { items: [...stored.values()].filter(({ archivedAt }) => (archivedAt !== undefined) === query.archived) };
      case 'GET /api/v1/tags/{id}':
        if (!one) throw new ApiError(404, { code: 'not_found' }, undefined);
        return one;
      case 'PATCH /api/v1/tags/{id}':
        return put({ ...one, version: one.version + 1, archivedAt: body.archived ? 9 : undefined });
      case 'POST /api/v1/tags/{id}/merge':
        return put({ ...one, version: one.version + 1, archivedAt: 9, mergedInto: body.into });
    }
  });
  await tags.active.load();
});

function tag(id, name) {
  return { id, name, version: 1, conversations: 0 };
}

function put(one) {
  stored.set(one.id, one);
  return one;
}

const names = ({ state }) => state.items.map(({ name }) => name);
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('lists them by name; one that is archived changes lists, and back', async () => {
  await tags.archived.load();
  assert.deepEqual(names(tags.active), ['Delivery', 'Refund']);
  await tags.archive(tags.active.get('a'), true);
  assert.deepEqual([names(tags.active), names(tags.archived)], [['Delivery'], ['Refund']]);
  await tags.archive(tags.archived.get('a'), false);
  assert.deepEqual([names(tags.active), names(tags.archived)], [['Delivery', 'Refund'], []]);
});

test('one that is merged counts as the other', async () => {
  await tags.mergeInto(tags.active.get('a'), 'b');
  assert.deepEqual(names(tags.active), ['Delivery']);
  assert.deepEqual(tags.mergedInto('b'), ['a']);
});

test('one that is not here is looked for, once, and then is here, or gone', async () => {
  stored.set('x', { ...tag('x', 'Old'), archivedAt: 5 });
  assert.equal(tags.get('x'), undefined);
  tags.get('x');
  await settle();
  assert.equal(tags.get('x').name, 'Old');
  tags.get('gone');
  await settle();
  assert.equal(tags.isGone('gone'), true);
  tags.get('gone');
  assert.equal(asked.filter((route) => route === 'GET /api/v1/tags/{id}').length, 2);
});
