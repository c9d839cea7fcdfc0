import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strings } from '../strings/ui.ts';
import { COLOURS } from './colours.ts';

test('each colour has a name', () => {
  assert.deepEqual(COLOURS.filter((colour) => !strings.colours[colour]), []);
});
