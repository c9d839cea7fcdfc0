import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import '../../testing.js';

const { ApiError } = await import('../../../widget/client/api.js');
const { Resource } = await import('./resource.ts');

/** The server: its items by id, each asked for by what it was asked with. */
let items;
let asked;
/** What goes wrong with the next request. */
let failure;

beforeEach(() => {
  items = new Map([['a', thing('a')], ['b', thing('b')], ['c', thing('c')]]);
  asked = [];
  failure = undefined;
});

function thing(id, version = 1, rest = {}) {
  return { id, version, ...rest };
}

function fail() {
  const error = failure;
  failure = undefined;
  if (error) {
    throw error;
  }
}

/** Pages of two. */
function resource(options = {}) {
  return new Resource(
    {
      list: async (cursor) => {
        asked.push(['list', cursor]);
        fail();
        const all = [...items.values()];
        const from = cursor === undefined ? 0 : Number(cursor);
        return { items: all.slice(from, from + 2), ...(from + 2 < all.length && { nextCursor: String(from + 2) }) };
      },
      one: async (id) => items.get(id),
      create: async (body, key) => {
        asked.push(['create', key]);
        fail();
        return thing(body.id);
      },
      change: async (id, body, version) => {
        asked.push(['change', id, version]);
        fail();
        return thing(id, version + 1, body);
      },
      remove: async (id, version) => {
        asked.push(['remove', id, version]);
        fail();
      },
    },
    { order: (one, other) => (one.id < other.id ? -1 : 1), ...options },
  );
}

const ids = ({ state }) => state.items.map(({ id }) => id).join('');

test('a list is read page by page, and each page once', async () => {
  const things = resource();
  await Promise.all([things.load(), things.load()]);
  assert.deepEqual([ids(things), things.state.loaded, things.state.hasMore], ['ab', true, true]);
  await Promise.all([things.loadMore(), things.loadMore()]);
  assert.deepEqual([ids(things), things.state.hasMore], ['abc', false]);
  await things.loadMore();
  assert.deepEqual(asked, [['list', undefined], ['list', '2']]);
});

test('a page that failed says why, and can be asked for again', async () => {
  const things = resource();
  failure = new TypeError('no network');
  await things.load();
  assert.deepEqual([things.state.loaded, things.state.error], [false, failure ?? things.state.error]);
  await things.load();
  assert.deepEqual([ids(things), things.state.error], ['ab', undefined]);
});

test('reading again takes in what is new, drops what is gone, and shows what it had meanwhile', async () => {
  const things = resource();
  await things.load();
  await things.loadMore();
  items.delete('a');
  items.set('d', thing('d'));
  const again = things.refresh();
  assert.equal(ids(things), 'abc');
  await again;
  assert.equal(ids(things), 'bcd');
});

test('a page that comes after the list was begun anew is void', async () => {
  const things = resource();
  const first = things.load();
  items = new Map([['z', thing('z')]]);
  await Promise.all([first, things.refresh()]);
  assert.equal(ids(things), 'z');
});

test('of two versions the newer one is shown, whichever way it came', async () => {
  const things = resource();
  await things.load();
  things.merge(thing('a', 3));
  things.merge(thing('a', 2));
  await things.refresh();
  assert.equal(things.get('a').version, 3);
});

test('a change names the version that was seen; after a refusal what is there now is here', async () => {
  const things = resource();
  await things.load();
  await things.change(things.get('a'), { name: 'x' });
  assert.deepEqual(things.get('a'), { id: 'a', version: 2, name: 'x' });
  items.set('a', thing('a', 7, { name: 'theirs' }));
  failure = new ApiError(412, { code: 'precondition_failed' }, undefined);
  await assert.rejects(things.change(things.get('a'), { name: 'y' }), { status: 412 });
  assert.equal(things.get('a').name, 'theirs');
});

test('what was removed is gone, also when somebody else was faster', async () => {
  const things = resource();
  await things.load();
  await things.remove(things.get('a'));
  assert.equal(ids(things), 'b');
  failure = new ApiError(404, { code: 'not_found' }, undefined);
  await assert.rejects(things.remove(things.get('b')), { status: 404 });
  assert.equal(ids(things), '');
});

test('what is changed so that it does not belong to the list leaves it', async () => {
  const things = resource({ belongs: ({ archived }) => !archived });
  await things.load();
  await things.change(things.get('a'), { archived: true });
  assert.equal(ids(things), 'b');
});

test('made again after a lost answer it goes by the same name; after a refusal or other words, by another', async () => {
  const things = resource();
  const make = async (body, error) => {
    failure = error;
    await things.create(body).catch(() => {});
    return asked.at(-1)[1];
  };
  const lost = await make({ id: 'x' }, new TypeError('no answer'));
  assert.equal(await make({ id: 'x' }, new ApiError(503, {}, undefined)), lost);
  assert.notEqual(await make({ id: 'y' }, new ApiError(422, {}, undefined)), lost);
  const last = asked.at(-1)[1];
  assert.notEqual(await make({ id: 'y' }), last);
  assert.equal(ids(things), 'y');
});

test('a list that somebody wants is read again when something is said to have changed, once for many hints', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const things = resource();
  things.hint();
  context.mock.timers.tick(10_000);
  assert.deepEqual(asked, []);
  await things.load();
  items.set('aa', thing('aa'));
  things.hint();
  things.hint();
  context.mock.timers.tick(5_000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked.length, 2);
});
