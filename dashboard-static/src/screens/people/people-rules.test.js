import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualHours } from '../departments/hours.ts';
import { inviteRules, personRules, updateOf, valuesOf } from './people-rules.ts';

test('a name, an address and a capacity have to fit', () => {
  assert.equal(personRules.name(' Ada '), undefined);
  assert.ok(personRules.name('  '));
  assert.ok(personRules.name('x'.repeat(101)));
  for (const fits of ['0', '5', '50', ' 7 ']) assert.equal(personRules.capacity(fits), undefined, fits);
  for (const bad of ['', '51', '-1', '1.5', 'many', '1e1']) assert.ok(personRules.capacity(bad), bad);
  assert.equal(inviteRules.email(' lin@example.com '), undefined);
  for (const bad of ['', 'lin', 'a@b c']) assert.ok(inviteRules.email(bad), bad);
});

test('what is as it was is not sent', () => {
  const ada = { name: 'Ada', role: 'admin', departments: ['b', 'a'], capacity: 5, skills: ['x'] };
  const same = valuesOf(ada);
  assert.equal(updateOf(ada, { ...same, name: ' Ada ', departments: 'a b' }), undefined);
  assert.deepEqual(updateOf(ada, { ...same, name: 'Ada L.', role: 'agent', departments: '', capacity: '0', skills: 'x y' }), {
    name: 'Ada L.',
    role: 'agent',
    departments: [],
    capacity: 0,
    skills: ['x', 'y'],
  });
  const hours = usualHours('UTC');
  assert.deepEqual(updateOf(ada, { ...same, workingHours: JSON.stringify(hours) }), { workingHours: hours });
  assert.deepEqual(updateOf({ ...ada, workingHours: hours }, same), { workingHours: null });
});
