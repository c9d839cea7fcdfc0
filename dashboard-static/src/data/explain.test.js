import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import '../../testing.js';

const { ApiError } = await import('../../../widget/client/api.js');
const { explain } = await import('./explain.ts');

beforeEach(() => Object.defineProperty(globalThis, 'navigator', { value: { onLine: true }, configurable: true, writable: true }));

const refusal = (status, code, detail, retryAfterMs) => new ApiError(status, { code, detail, requestId: 'r1' }, retryAfterMs);

test('says what happened and what to do, never a code', () => {
  assert.equal(explain(refusal(401, 'wrong_credentials')), 'The e-mail address or the password is wrong.');
  assert.equal(explain(refusal(429, 'rate_limited', '', 1_000)), 'Too many attempts. Try again in a second.');
  assert.equal(explain(refusal(500, 'internal')), 'The server has a problem. Try again in a moment. If it stays so, report this request: r1.');
  assert.equal(explain(refusal(412, 'precondition_failed')), 'Somebody has changed it meanwhile. Look at it as it is now, and try again.');
});

test('has the server’s own words as a sentence where it has none of its own', () => {
  assert.equal(explain(refusal(422, 'invalid_field', 'name must have a letter')), 'Name must have a letter.');
});

test('tells a network that is away from a server that is', () => {
  assert.match(explain(new TypeError('Failed to fetch')), /cannot be reached/);
  navigator.onLine = false;
  assert.match(explain(new TypeError('Failed to fetch')), /You are offline/);
});
