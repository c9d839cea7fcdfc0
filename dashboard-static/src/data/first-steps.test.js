import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import '../../testing.js';

const { FirstSteps } = await import('./first-steps.ts');

let answers;
let asked;
let kept;

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  globalThis.document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  asked = [];
  kept = new Map();
  answers = {
    users: { items: [{}] },
    invitations: { items: [] },
    conversations: { items: [] },
    departments: { items: [{ name: 'Sales' }] },
    mail: { missing: ['sender', 'from'], recent: [] },
  };
});

afterEach(() => {
  mock.timers.reset();
  delete globalThis.document;
});

const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };

function stepsOf({ may = () => true, user = 'ada' } = {}) {
  const ask = async (route) => {
    const name = route.split('/').at(-1);
    asked.push(name);
    if (answers[name] === undefined) throw new Error('away');
    return answers[name];
  };
  return new FirstSteps({ ask, may, storage, user });
}

const settle = () => new Promise(setImmediate);
const pass = async (milliseconds) => {
  mock.timers.tick(milliseconds);
  await settle();
};
const shown = (steps) => steps.state.steps.map(({ name, progress }) => `${name} ${progress}`);

test('each step stands as what there is says', async () => {
  const steps = stepsOf();
  steps.watch();
  await settle();
  assert.deepEqual(shown(steps), ['people open', 'chat open', 'hours open', 'mail unset']);

  answers.invitations = { items: [{}] };
  answers.conversations = { items: [{}] };
  answers.departments = { items: [{ name: 'Sales', hours: {} }] };
  answers.mail = { missing: [], recent: [{ template: 'test', state: 'givenUp' }, { template: 'newDevice', state: 'sent' }] };
  steps.somethingChanged();
  await pass(300);
  assert.deepEqual(shown(steps), ['people done', 'chat done', 'hours done', 'mail open']);

  // A test is about to be sent: it is looked again by itself.
  answers.mail = { missing: [], recent: [{ template: 'test', state: 'waiting' }] };
  steps.somethingChanged();
  await pass(300);
  assert.deepEqual(shown(steps).at(-1), 'mail pending');
  answers.mail = { missing: [], recent: [{ template: 'test', state: 'sent' }] };
  await pass(2_000);
  assert.deepEqual(shown(steps).at(-1), 'mail done');
});

test('somebody else in the team is as good as an invitation', async () => {
  answers.users = { items: [{}, {}] };
  const steps = stepsOf();
  steps.watch();
  await settle();
  assert.deepEqual(shown(steps)[0], 'people done');
  assert.ok(!asked.includes('invitations'));
});

test('nothing is asked for while nobody looks, nor of what is done, nor what one may not do', async () => {
  answers.users = { items: [{}, {}] };
  const steps = stepsOf({ may: (permission) => permission !== 'manage_settings' });
  steps.somethingChanged();
  await pass(10_000);
  assert.deepEqual(asked, []);
  const leave = steps.watch();
  await settle();
  assert.deepEqual(asked.splice(0), ['users', 'departments']);
  steps.somethingChanged();
  await pass(300);
  assert.deepEqual(asked.splice(0), ['departments']);
  leave();
  steps.somethingChanged();
  document.dispatchEvent(new Event('visibilitychange'));
  await pass(10_000);
  assert.deepEqual(asked, []);
});

test('what was changed while something was asked for is asked for again', async () => {
  const steps = stepsOf();
  steps.watch();
  steps.somethingChanged();
  mock.timers.tick(300);
  assert.equal(asked.filter((name) => name === 'mail').length, 1);
  await settle();
  await pass(300);
  assert.equal(asked.filter((name) => name === 'mail').length, 2);
});

test('a step that nothing can be learnt of is not spoken of, until something can', async () => {
  answers.departments = undefined;
  const steps = stepsOf();
  steps.watch();
  await settle();
  assert.deepEqual(shown(steps), ['people open', 'chat open', 'mail unset']);
  answers.departments = { items: [] };
  document.dispatchEvent(new Event('visibilitychange'));
  await settle();
  assert.deepEqual(shown(steps), ['people open', 'chat open', 'hours open', 'mail unset']);
});

test('they are put aside by one person in this browser, and brought back; what was done stays so', async () => {
  answers.mail = { missing: [], recent: [{ template: 'test', state: 'sent' }] };
  const steps = stepsOf();
  steps.watch();
  await settle();
  steps.putAside(true);
  // After a month, nobody remembers the mail.
  answers.mail = { missing: [], recent: [] };
  asked.length = 0;

  const later = stepsOf();
  later.watch();
  await settle();
  assert.deepEqual([later.state.aside, later.isHidden, asked], [true, true, []]);
  later.putAside(false);
  await settle();
  assert.deepEqual(shown(later), ['people open', 'chat open', 'hours open', 'mail done']);
  assert.equal(later.isHidden, false);

  const other = stepsOf({ user: 'bo' });
  assert.deepEqual([other.state.aside, other.isHidden], [false, false]);
  kept.set('voxora.first-steps.cy', 'no JSON');
  assert.equal(stepsOf({ user: 'cy' }).state.aside, false);
});
