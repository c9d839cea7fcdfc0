import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../testing.js';

const { Tags } = await import('./tags.ts');

test('one that is merged counts as the other', async () => {
  const tag = (id, name, more) => ({ id, name, version: 1, conversations: 0, ...more });
  const tags = new Tags(async (route, { path = {}, query = {}, body } = {}) => {
    switch (route) {
      case 'GET /api/v1/tags':
        return { items: query.archived ? [] : [tag('a', 'Refund'), tag('b', 'Delivery')] };
      case 'GET /api/v1/tags/{id}':
        return tag(path.id, 'Delivery', { version: 2, conversations: 1 });
      case 'POST /api/v1/tags/{id}/merge':
        return tag(path.id, 'Refund', { version: 2, archivedAt: 9, mergedInto: body.into });
    }
  });
  await tags.active.load();
  await tags.archived.load();
  await tags.mergeInto(tags.active.get('a'), 'b');
  assert.deepEqual(tags.active.state.items.map(({ name, conversations }) => [name, conversations]), [['Delivery', 1]]);
  assert.deepEqual(tags.mergedInto('b'), ['a']);
});
