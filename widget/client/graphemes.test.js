import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, initials, isFewEmoji } from './graphemes.js';

test('the first letters of the first and the last word', () => {
  assert.equal(initials('Ada Okonkwo', 2), 'AO');
  assert.equal(initials('Ada Okonkwo'), 'A');
  assert.equal(initials('ada', 2), 'A');
  assert.equal(initials('  María de la Cruz ', 2), 'MC');
  assert.equal(initials('李 小龍', 2), '李小');
});

test('a letter is what a reader sees, not what Unicode counts', () => {
  assert.equal(initials('e\u0301mile', 2), 'É');
  assert.equal(initials('🇩🇪 Dora', 2), '🇩🇪');
  assert.equal(initials('👨‍👩‍👧 Family', 2), '👨‍👩‍👧');
  assert.equal(initials('🏴󠁧󠁢󠁳󠁣󠁴󠁿 Scot', 2), '🏴󠁧󠁢󠁳󠁣󠁴󠁿');
  assert.equal(initials('Dora 🇩🇪', 2), 'D');
});

test('what is not to be seen is passed over, and nothing at all is a question mark', () => {
  for (const name of ['\u2067Ada\u2069', '\u2067 ada']) {
    assert.equal(initials(name), 'A');
  }
  for (const name of ['\u200b', '\u2800 \u3164', ' ', '']) {
    assert.equal(initials(name), '?');
  }
});

test('a heap of marks becomes two', () => {
  assert.equal([...initials(`z${'\u0347'.repeat(40)}`)].length, 3);
});

test('a few emoji are told from text', () => {
  for (const text of ['👍', '❤️', '👨‍👩‍👧', '🇩🇪', '👍🏽 🎉', '🏴󠁧󠁢󠁳󠁣󠁴󠁿']) {
    assert.equal(isFewEmoji(text), true, text);
  }
  for (const text of ['', ' ', 'ok 👍', '1', '#', '👍👍👍👍', '\u200d', '©2026']) {
    assert.equal(isFewEmoji(text), false, text);
  }
});

test('a text is cut where a reader sees a character end', () => {
  for (const one of ['🇩🇪', '👨‍👩‍👧', '👍🏽', 'e\u0301\u0323', 'नि', '하\u11ab']) {
    const { length } = [...one];
    for (let most = length; most <= 4 * length; most += 1) {
      assert.equal(cut(one.repeat(5), most), one.repeat(Math.floor(most / length)), `${most} of ${one}`);
    }
  }
  assert.equal(cut('日本語', 2), '日本');
  assert.equal(cut('short', 5), 'short');
  assert.equal(cut('', 5), '');
  assert.equal(cut('a 😀', 3), 'a 😀');
  // Where the first one has no end there is a limit still.
  assert.equal(cut(`a${'\u0301'.repeat(50)}b`, 40).length, 40);
});
