import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameTurn } from './grouping.js';
import { AGENT, VISITOR } from './testing.js';

const NOON = new Date(2026, 10, 26, 12).getTime();
const MINUTE = 60_000;
const said = (actor, at, kind = 'message') => ({ actor, at, kind });

test('a person’s messages within five minutes are one turn', () => {
  assert.equal(isSameTurn(said(AGENT, NOON), said({ ...AGENT, name: 'Ada L.' }, NOON + 5 * MINUTE - 1)), true);
  assert.equal(isSameTurn(said(AGENT, NOON), said(AGENT, NOON + 5 * MINUTE)), false);
});

test('another person, a note, another day or nothing before begins a turn', () => {
  assert.equal(isSameTurn(undefined, said(AGENT, NOON)), false);
  assert.equal(isSameTurn(said(VISITOR, NOON), said(AGENT, NOON)), false);
  assert.equal(isSameTurn(said({ ...AGENT, kind: 'visitor' }, NOON), said(AGENT, NOON)), false, 'ids of one kind only');
  assert.equal(isSameTurn(said(AGENT, NOON, 'note'), said(AGENT, NOON)), false);
  const midnight = new Date(2026, 10, 27).getTime();
  assert.equal(isSameTurn(said(AGENT, midnight - 1), said(AGENT, midnight)), false);
});
