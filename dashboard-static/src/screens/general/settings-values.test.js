import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, settingsRules, valuesOf } from './settings-values.ts';

const SETTINGS = { name: 'Fern & Moss', language: 'en', timeZone: 'Europe/Berlin', sessionDays: 30, agentsSee: 'departments' };

test('what was left alone is not sent', () => {
  const shown = valuesOf(SETTINGS);
  assert.equal(changesOf(shown, { ...shown, name: ' Fern & Moss ' }), undefined);
  assert.deepEqual(changesOf(shown, { ...shown, sessionDays: '7', agentsSee: 'assigned' }), { sessionDays: 7, agentsSee: 'assigned' });
});

test('a name and a number of days have to fit', () => {
  assert.equal(settingsRules.name('x'), undefined);
  assert.ok(settingsRules.name(' '));
  assert.ok(settingsRules.name('x'.repeat(101)));
  for (const fits of ['1', ' 30 ', '90']) assert.equal(settingsRules.sessionDays(fits), undefined, fits);
  for (const bad of ['', '0', '91', '-1', '1.5', 'a week']) assert.ok(settingsRules.sessionDays(bad), bad);
});
