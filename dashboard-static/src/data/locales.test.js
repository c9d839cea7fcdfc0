import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../testing.js';

const { languageChoices, timeZoneChoices } = await import('./locales.ts');

test('what one has already can stay, and is there once', () => {
  assert.deepEqual(languageChoices().map(({ value }) => value), ['en', 'de', 'fr', 'es']);
  assert.deepEqual(languageChoices('de').map(({ value }) => value), ['en', 'de', 'fr', 'es']);
  assert.deepEqual(languageChoices('pt-BR')[0], { value: 'pt-BR', label: 'Brazilian Portuguese' });
  assert.equal(timeZoneChoices('Mars/Olympus')[0].value, 'Mars/Olympus');
  assert.deepEqual(timeZoneChoices().find(({ value }) => value === 'America/New_York').label, 'America/New York');
});
