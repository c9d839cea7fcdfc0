import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../testing.js';

const { requestFor } = await import('./api.ts');

test('a route is asked for at its address, with what belongs into it', () => {
  const { method, url, options } = requestFor('PATCH /api/v1/tags/{id}', { path: { id: 'a/b' }, body: { color: '#fff' }, version: 3 });
  assert.equal(`${method} ${url}`, 'PATCH /api/v1/tags/a%2Fb');
  assert.deepEqual(options, { headers: { 'if-match': '"3"' }, body: { color: '#fff' } });
});

test('of the query only what is said is asked', () => {
  const { url, options } = requestFor('GET /api/v1/tags', { query: { archived: false, cursor: undefined, limit: 5 } });
  assert.equal(url, '/api/v1/tags?archived=false&limit=5');
  assert.deepEqual(options, { headers: {} });
});

test('what is made has a name', () => {
  assert.deepEqual(requestFor('POST /api/v1/tags', { body: {}, key: 'k' }).options.headers, { 'idempotency-key': 'k' });
});
