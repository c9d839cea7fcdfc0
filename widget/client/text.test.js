import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countCharacters, isSendable, wellFormed } from './text.js';

test('what nobody could see is nothing to send', () => {
  const invisible = [
    '', ' ', '\n\t', '\0', '\u{1}', '\u{7f}', '\u{85}', '\u{a0}', '\u{ad}', '\u{34f}', '\u{115f}', '\u{180e}', '\u{200b}',
    '\u{200d}', '\u{200e}', '\u{2028}', '\u{202e}', '\u{2060}', '\u{2062}', '\u{2066}', '\u{2800}', '\u{3000}',
    '\u{3164}', '\u{fe0f}', '\u{feff}', '\u{ffa0}', '\u{ffff}', '\u{e0020}', '\u{feff}\u{200b} \u{2800}\n',
  ];
  assert.deepEqual(invisible.filter(isSendable), []);
});

test('whatever can be seen can be sent', () => {
  const visible = ['a', '.', '\u{feff}a', '👩‍👩‍👧', '❤️', '🇩🇪', 'שלום', '\u{301}', '\u{fffd}', '\u{e000}', 'ㅤㄱ', '\ud83d'];
  assert.deepEqual(visible.filter((text) => !isSendable(text)), []);
});

test('counts characters as the server does', () => {
  assert.deepEqual(['', 'ab', '😀', 'e\u{301}', '👩‍👩‍👧'].map(countCharacters), [0, 2, 1, 2, 5]);
});

test('mends what cannot be written', () => {
  assert.equal(wellFormed('a\ud83d😀\udc00'), 'a\u{fffd}😀\u{fffd}');
});
