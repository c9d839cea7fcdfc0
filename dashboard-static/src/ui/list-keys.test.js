import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alongLine, folded, isPrintable, matches, moved, TypeAhead } from './list-keys.ts';

test('arrows stop at the ends, or go round', () => {
  assert.equal(moved('ArrowDown', 1, 3), 2);
  assert.equal(moved('ArrowDown', 2, 3), 2);
  assert.equal(moved('ArrowDown', 2, 3, { wraps: true }), 0);
  assert.equal(moved('ArrowUp', 0, 3), 0);
  assert.equal(moved('ArrowUp', 0, 3, { wraps: true }), 2);
});

test('from nowhere, down is the first and up is the last', () => {
  assert.equal(moved('ArrowDown', -1, 3), 0);
  assert.equal(moved('ArrowUp', -1, 3), 2);
});

test('Home, End and pages stay inside', () => {
  assert.equal(moved('Home', 5, 30), 0);
  assert.equal(moved('End', 5, 30), 29);
  assert.equal(moved('PageDown', 25, 30), 29);
  assert.equal(moved('PageUp', 5, 30), 0);
  assert.equal(moved('a', 5, 30), undefined);
});

test('along a line that runs from right to left, left is on', () => {
  assert.equal(alongLine('ArrowLeft', false), 'ArrowUp');
  assert.equal(alongLine('ArrowLeft', true), 'ArrowDown');
  assert.equal(alongLine('ArrowRight', true), 'ArrowUp');
  assert.equal(alongLine('ArrowDown', false), '');
  assert.equal(alongLine('Home', true), 'Home');
});

test('only what writes is a letter, whatever script it is of', () => {
  const key = (name, rest = {}) => isPrintable({ key: name, ctrlKey: false, metaKey: false, altKey: false, ...rest });
  assert.ok(key('a') && key('ж') && key('🌵') && key(' '));
  assert.ok(!key('Enter') && !key('F1') && !key('a', { ctrlKey: true }));
});

test('what is looked for has no case and no accents', () => {
  assert.equal(folded('Évora'), 'evora');
  assert.equal(folded('ﬁne'), 'fine');
});

test('typing finds the beginning of a name, and goes on where a pause is short', () => {
  const names = ['Open', 'Pending', 'Private', 'Élan', 'Closed'];
  const typing = new TypeAhead();
  assert.equal(typing.find('p', names, 0, 0), 1);
  assert.equal(typing.find('r', names, 1, 100), 2, 'pr');
  assert.equal(typing.find('e', names, 2, 100 + TypeAhead.PAUSE), 3, 'a new word');
  assert.equal(typing.find('x', names, 3, 5000), undefined);
});

test('the same letter again goes on to the next', () => {
  const names = ['Open', 'Pending', 'Private'];
  const typing = new TypeAhead();
  assert.equal(typing.find('p', names, 0, 0), 1);
  assert.equal(typing.find('p', names, 1, 100), 2);
  assert.equal(typing.find('p', names, 2, 200), 1);
});

test('a space belongs to a name that is being typed', () => {
  const typing = new TypeAhead();
  assert.ok(!typing.isTyping(0));
  typing.find('n', ['New York'], -1, 0);
  assert.ok(typing.isTyping(100));
  assert.ok(!typing.isTyping(TypeAhead.PAUSE));
});

test('sought words begin words, in any order, without regard to case and accents', () => {
  const labels = ['Assign to me', 'Éva Nagy', 'Re-open', '佐藤 結衣'];
  const found = (sought) => matches(labels.map((label) => ({ label })), sought).map(({ label }) => label);
  assert.deepEqual(found(''), labels);
  assert.deepEqual(found(' ME ass '), ['Assign to me']);
  assert.deepEqual(found('nagy eva'), ['Éva Nagy']);
  assert.deepEqual(found('open'), ['Re-open']);
  assert.deepEqual(found('結'), ['佐藤 結衣']);
  assert.deepEqual(found('sign'), []);
});
