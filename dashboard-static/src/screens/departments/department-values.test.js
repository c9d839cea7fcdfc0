import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, createOf, departmentRules, valuesOf, written } from './department-values.ts';
import { usualPolicy } from '../queue/policy.ts';
import { usualHours } from './hours.ts';

const SALES = { id: 'sales', name: 'Sales', color: '#1c7ed6', hours: usualHours('UTC'), version: 3 };

test('what was left alone is not sent, and none is said to be none', () => {
  const shown = valuesOf(SALES);
  assert.equal(changesOf(shown, { ...shown, name: ' Sales ' }), undefined);
  assert.deepEqual(changesOf(shown, { ...shown, description: ' Offers ', hours: '' }), { description: 'Offers', hours: null });
  const other = usualHours('Europe/Berlin');
  assert.deepEqual(changesOf(shown, { ...shown, hours: written(other) }), { hours: other });
});

test('a new one without hours is always there', () => {
  const values = { ...valuesOf(undefined), name: ' Sales ' };
  assert.deepEqual(createOf(values), { name: 'Sales', color: '#1c7ed6' });
  assert.deepEqual(createOf({ ...values, description: 'Offers', hours: written(SALES.hours) }), {
    name: 'Sales',
    color: '#1c7ed6',
    description: 'Offers',
    hours: SALES.hours,
  });
});

test('a policy is sent as a whole, or taken away', () => {
  const own = { ...SALES, policy: usualPolicy() };
  const [general, other] = [valuesOf(SALES), valuesOf(own)];
  assert.equal(general.policy, '');
  assert.equal(changesOf(other, other), undefined);
  assert.deepEqual(changesOf(general, { ...general, policy: other.policy }), { policy: usualPolicy() });
  assert.deepEqual(changesOf(other, { ...other, policy: '' }), { policy: null });
  assert.deepEqual(createOf({ ...other, name: 'Sales' }).policy, usualPolicy());
  assert.equal(departmentRules.policy(''), undefined);
  assert.deepEqual(departmentRules.policy(other.policy), {});
});

test('hours that do not fit are told of by their parts', () => {
  assert.equal(departmentRules.hours(''), undefined);
  const bad = { ...SALES.hours, holidays: [{ date: '', hours: [] }] };
  assert.deepEqual(Object.keys(departmentRules.hours(written(bad))), ['holidays/0/date']);
});
