import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventReader, readPage } from './events.js';
import { AGENT, VISITOR } from './testing.js';

const said = (seq, by, rest = {}) => ({ seq, at: 1000 + seq, by, kind: 'message', payload: { text: 'x' }, ...rest });

test('fills in the author and the event before', () => {
  const reader = new EventReader();
  const [first, second] = reader.page({ people: { 0: VISITOR, 4: AGENT }, events: [said(2, 0), said(5, 4, { prev: 2 })] });
  assert.deepEqual(first, { seq: 2, prev: 1, at: 1002, actor: VISITOR, kind: 'message', payload: { text: 'x' } });
  assert.deepEqual([second.prev, second.actor], [2, AGENT]);
  assert.equal(reader.event(said(6, 4)).actor, AGENT);
});

test('the first of a conversation has nothing before it, said or not', () => {
  const people = { 0: VISITOR };
  assert.deepEqual(readPage({ people, events: [said(1, 0), said(1, 0, { prev: 0 })] }).map(({ prev }) => prev), [0, 0]);
});

test('an event may introduce its author; a later introduction replaces it', () => {
  const reader = new EventReader();
  assert.equal(reader.event(said(1, 0, { actor: AGENT })).actor, AGENT);
  assert.equal(reader.event(said(2, 0)).actor, AGENT);
  assert.equal(reader.event(said(3, 0, { actor: VISITOR })).actor, VISITOR);
  assert.equal(reader.event(said(4, 0)).actor, VISITOR);
});

test('an author whom nobody introduced is nobody', () => {
  const reader = new EventReader();
  reader.page({ people: { 0: VISITOR }, events: [] });
  assert.equal(reader.event(said(1, 1)), undefined);
  reader.connected();
  assert.equal(reader.event(said(1, 0)), undefined, 'another connection introduces everyone anew');
  assert.equal(reader.page({ people: {}, events: [said(1, 3)] })[0].actor.name, 'Unknown');
});

test('the numbers of a page of history are its own', () => {
  const reader = new EventReader();
  reader.event(said(9, 0, { actor: AGENT }));
  assert.equal(readPage({ people: { 0: VISITOR }, events: [said(1, 0)] })[0].actor, VISITOR);
  assert.equal(reader.event(said(10, 0)).actor, AGENT);
});
