import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { Attending, WRITING } from './attending.ts';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

function stage() {
  const said = [];
  const page = { visible: true };
  const attending = new Attending({
    isVisible: () => page.visible,
    attend: (conversation, replying) => said.push(`${conversation} ${replying}`),
    claim: (conversation) => said.push(`claim ${conversation}`),
  });
  const last = () => said.at(-1);
  return { attending, page, said, last };
}

test('somebody writes while there are words, and for ten seconds after the last key', () => {
  const { attending, last } = stage();
  attending.show('a');
  assert.equal(last(), 'a false');
  attending.typed(true);
  assert.equal(last(), 'a true');
  mock.timers.tick(WRITING - 1);
  attending.typed(true);
  mock.timers.tick(WRITING - 1);
  assert.equal(last(), 'a true');
  mock.timers.tick(1);
  assert.equal(last(), 'a false');
  attending.typed(true);
  attending.typed(false);
  assert.equal(last(), 'a false', 'sent, or taken back');
});

test('another conversation begins unwritten', () => {
  const { attending, last } = stage();
  attending.show('a');
  attending.typed(true);
  attending.show('b');
  assert.equal(last(), 'b false');
  attending.show(null);
  assert.equal(last(), 'null false');
});

test('a page that is hidden looks at nothing', () => {
  const { attending, page, last } = stage();
  attending.show('a');
  attending.typed(true);
  page.visible = false;
  attending.seen();
  assert.equal(last(), 'null false');
  page.visible = true;
  attending.seen();
  assert.equal(last(), 'a true');
});

test('whoever takes over answers, and rests when they write nothing', () => {
  const { attending, said, last } = stage();
  attending.takeOver();
  assert.deepEqual(said, [], 'nothing is on screen');
  attending.show('a');
  attending.takeOver();
  assert.equal(last(), 'claim a');
  attending.typed(true);
  assert.equal(last(), 'a true');
  mock.timers.tick(WRITING);
  assert.equal(last(), 'a false');
});
