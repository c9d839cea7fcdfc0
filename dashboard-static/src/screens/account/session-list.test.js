import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../../testing.js';

const { placeName, signInsOf } = await import('./session-list.ts');

test('the one that is here comes first, then the one used last', async () => {
  const items = [
    { id: 'a', lastUsedAt: 3, current: false },
    { id: 'b', lastUsedAt: 5, current: false },
    { id: 'c', lastUsedAt: 1, current: true },
  ];
  const sessions = signInsOf(async () => ({ items }));
  await sessions.load();
  assert.deepEqual(sessions.state.items.map(({ id }) => id), ['c', 'b', 'a']);
});

test('of a place, what is known is said once', () => {
  const countries = new Intl.DisplayNames('en', { type: 'region' });
  assert.equal(placeName({ city: 'Berlin', region: 'Berlin', country: 'DE' }, countries), 'Berlin, Germany');
  assert.equal(placeName({ country: 'PT' }, countries), 'Portugal');
  assert.equal(placeName({}, countries), undefined);
});
