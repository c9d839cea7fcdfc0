import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../testing.js';

const { find, addressOf } = await import('./router.ts');
const { HOME, SCREENS, SETTINGS } = await import('./screens.ts');

test('each screen has an address that finds it and no other', () => {
  for (const screen of SCREENS) {
    assert.equal(find(SCREENS, addressOf(screen.path)).row, screen, screen.path);
  }
  assert.equal(new Set(SCREENS.map(({ title }) => title)).size, SCREENS.length, 'two screens have one title');
});

test('home is on the rail, and the settings are below the settings', () => {
  assert.equal(find(SCREENS, addressOf(HOME)).row.section, 'rail');
  for (const { path, section } of SCREENS) {
    assert.equal(section === 'settings', path.startsWith(`${SETTINGS}/`), path);
  }
});
