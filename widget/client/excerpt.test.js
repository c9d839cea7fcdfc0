import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerptOf } from './excerpt.js';

test('a message is called by its first words, without marks and without half a flag', () => {
  assert.equal(excerptOf('Where is **my** order?'), 'Where is my order?');
  assert.equal(excerptOf('x'.repeat(40)), 'x'.repeat(40));
  assert.equal(excerptOf('x'.repeat(41)), `${'x'.repeat(40)}…`);
  assert.equal(excerptOf(`- ${'x'.repeat(37)}🇩🇪🇫🇷`), `- ${'x'.repeat(37)}…`);
});
