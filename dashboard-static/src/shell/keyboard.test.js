import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import '../../testing.js';

const { Keyboard } = await import('./keyboard.ts');

class Element {
  constructor(isField = false) {
    this.isContentEditable = false;
    this.matches = () => isField;
  }
}

let dialog;
beforeEach(() => {
  dialog = null;
  globalThis.HTMLElement = Element;
  globalThis.document = { querySelector: () => dialog };
});

const PAGE = new Element();
const FIELD = new Element(true);

function keyboard(commands) {
  const one = new Keyboard();
  const ran = [];
  const remove = one.register({
    name: 'Test',
    scope: 'everywhere',
    commands: Object.entries(commands).map(([key, options]) => ({ key, words: key, run: () => void ran.push(key), ...options })),
  });
  const press = (key, properties = {}) => {
    const event = { key, target: PAGE, defaultPrevented: false, preventDefault: () => (event.defaultPrevented = true), ...properties };
    one.handle(event);
    return event;
  };
  return { one, ran, press, remove };
}

test('a key that is a command does it, and nothing else', () => {
  const { ran, press } = keyboard({ j: {}, '?': {} });
  assert.equal(press('j').defaultPrevented, true);
  assert.equal(press('x').defaultPrevented, false);
  press('?', { shiftKey: true });
  assert.deepEqual(ran, ['j', '?']);
});

test('what is written is text; what is meant for there as well is done', () => {
  const { ran, press } = keyboard({ j: {}, Escape: { inText: true } });
  press('j', { target: FIELD });
  press('Escape', { target: FIELD });
  assert.deepEqual(ran, ['Escape']);
});

test('the browser’s own commands are left alone, those with Ctrl or ⌘ that we name are ours', () => {
  const { ran, press } = keyboard({ r: {}, 'Mod+/': { inText: true } });
  press('r', { ctrlKey: true });
  press('r', { altKey: true });
  press('/', { metaKey: true, target: FIELD });
  press('/', { ctrlKey: true });
  assert.deepEqual(ran, ['Mod+/', 'Mod+/']);
});

test('a key of an input method, in either order of events, is never a command', () => {
  const { ran, press } = keyboard({ Escape: { inText: true } });
  press('Escape', { isComposing: true });
  press('Escape', { keyCode: 229, isComposing: false });
  assert.deepEqual(ran, []);
});

test('what somebody else has taken, or an open dialog, is left to them', () => {
  const { ran, press } = keyboard({ Escape: {} });
  press('Escape', { defaultPrevented: true });
  dialog = {};
  press('Escape');
  assert.deepEqual(ran, []);
});

test('the nearest comes first, and passes on what it has no use for', () => {
  const { one, ran, press } = keyboard({ e: {} });
  let isOffered = false;
  const near = { key: 'e', words: '', isOffered: () => isOffered, run: () => void ran.push('near') };
  const remove = one.register({ name: 'Near', scope: 'screen', commands: [near] });
  press('e');
  isOffered = true;
  press('e');
  remove();
  press('e');
  assert.deepEqual(ran, ['e', 'near', 'e']);
  assert.deepEqual(one.state.map(({ name }) => name), ['Test']);
});

test('what is offered is what can be done now, the nearest group first, each group once', () => {
  const { one } = keyboard({ j: {}, e: { isOffered: () => false } });
  const run = () => {};
  one.register({ name: 'Open', scope: 'open', commands: [{ words: 'Without a key', run }] });
  // A component within another one is there before it.
  one.register({ name: 'Screen', scope: 'screen', commands: [{ key: 'k', words: 'k', run }] });
  one.register({ name: 'Open', scope: 'open', commands: [{ key: 'l', words: 'l', run }] });
  assert.deepEqual(
    one.offered().map(({ name, commands }) => [name, commands.map(({ words }) => words)]),
    [
      ['Open', ['l', 'Without a key']],
      ['Screen', ['k']],
      ['Test', ['j']],
    ],
  );
});
