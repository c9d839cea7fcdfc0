/**
 * Text by what a reader takes for one character: a flag, a family, a letter with its accents are each one, however many
 * code points they are made of.
 */
import { VISIBLE } from '../../domain/bindings/text-rules.js';

/** Absent in browsers of before 2024, which then see code points. */
const segmenter = 'Segmenter' in Intl ? new Intl.Segmenter() : undefined;

const LETTER = /^[\p{L}\p{N}]/u;
const PICTURE = /[\p{Extended_Pictographic}\p{Regional_Indicator}]/u;
/** What emoji are made of. */
const EMOJI = /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u200d\u20e3\ufe0f\u{e0020}-\u{e007f}]/gu;
/** How many emoji are shown large. */
const FEW = 3;
/** More code units than so few emoji have: what is longer is read no further. */
const LONGEST = 64;

/** @param {string} text */
export function graphemes(text) {
  return segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment) : [...text];
}

/**
 * The beginning of a text: at most `most` code points, without half a character at its end, as the room cuts
 * (`domain/src/text/cut.rs`). A first character that has more is cut all the same.
 *
 * @param {string} text
 * @param {number} most
 */
export function cut(text, most) {
  const { length } = [...text.slice(0, 2 * most)].slice(0, most).join('');
  return text.slice(0, (length < text.length && segmenter?.segment(text).containing(length)?.index) || length);
}

/**
 * What stands for a person in a round sign: the first letter of their name, or with `words` 2 also of their last one. Two
 * pictures do not fit.
 *
 * @param {string} name
 * @param {number} [words]
 */
export function initials(name, words = 1) {
  const signs = name.split(/\s+/).map(firstSign).filter(Boolean);
  const [first = '?'] = signs;
  const last = signs.at(-1) ?? '';
  return words > 1 && signs.length > 1 && LETTER.test(first) && LETTER.test(last) ? first + last : first;
}

/** @param {string} word */
function firstSign(word) {
  const sign = graphemes(word).find((one) => VISIBLE.test(one)) ?? '';
  return LETTER.test(sign) ? clipped(sign).toLocaleUpperCase() : sign;
}

/**
 * A letter with at most two marks: more of them would paint over what is around it.
 *
 * @param {string} letter
 */
function clipped(letter) {
  const [base = '', ...rest] = letter.normalize('NFC');
  return base + rest.filter((mark) => /\p{M}/u.test(mark)).slice(0, 2).join('');
}

/**
 * Whether a text is nothing but one to three emoji.
 *
 * @param {string} text
 */
export function isFewEmoji(text) {
  if (text.length > LONGEST) {
    return false;
  }
  const signs = text.replace(/\s/g, '');
  return PICTURE.test(signs) && signs.replace(EMOJI, '') === '' && graphemes(signs).length <= FEW;
}
