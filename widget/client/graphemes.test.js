import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initials, isFewEmoji } from './graphemes.js';

test('an initial is a whole character', () => {
  assert.equal(initials('🇩🇪 Dora'), '🇩🇪');
  assert.equal(initials('👨‍👩‍👧 family'), '👨‍👩‍👧');
  assert.equal(initials('🏴󠁧󠁢󠁳󠁣󠁴󠁿'), '🏴󠁧󠁢󠁳󠁣󠁴󠁿');
  assert.equal(initials('e\u0301mile'), 'É'.normalize('NFD'));
  assert.equal(initials('\u2067 ada'), 'A');
  assert.equal(initials('\u2067ada'), 'A');
  assert.equal(initials(' \u200b '), '?');
  assert.equal(initials('ada lovelace', 2), 'AL');
  assert.equal(initials('Ada de la Cruz', 2), 'AC');
  assert.equal(initials('Ada', 2), 'A');
});

test('a few emoji are told from text', () => {
  for (const text of ['👍', '❤️', '👨‍👩‍👧', '🇩🇪', '👍🏽 🎉', '🏴󠁧󠁢󠁳󠁣󠁴󠁿']) {
    assert.equal(isFewEmoji(text), true, text);
  }
  for (const text of ['', ' ', 'ok 👍', '1', '#', '👍👍👍👍', '\u200d', '©2026']) {
    assert.equal(isFewEmoji(text), false, text);
  }
});
