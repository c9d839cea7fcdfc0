/**
 * Text by what a reader takes for one character: a flag, a family, a letter with its accents are each one, however many
 * code points they are made of.
 */
import { VISIBLE } from '../../domain/bindings/text-rules.js';

/** Absent in browsers of before 2024, which then see code points. */
const segmenter = 'Segmenter' in Intl ? new Intl.Segmenter() : undefined;

const PICTURE = /[\p{Extended_Pictographic}\p{Regional_Indicator}]/u;
/** What emoji are made of. */
const EMOJI = /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u200d\u20e3\ufe0f\u{e0020}-\u{e007f}]/gu;
/** How many emoji are shown large. */
const FEW = 3;

/** @param {string} text */
export function graphemes(text) {
  return segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment) : [...text];
}

/**
 * What stands for a person in a round sign: the first character of their name, and of their last one.
 *
 * @param {string} name
 * @param {number} [words]
 */
export function initials(name, words = 1) {
  const all = name.split(/\s+/).filter((word) => VISIBLE.test(word));
  const chosen = words > 1 && all.length > 1 ? [all[0], all.at(-1)] : all.slice(0, 1);
  const signs = chosen.map((word) => graphemes(word ?? '').find((sign) => VISIBLE.test(sign)) ?? '');
  return signs.join('').toLocaleUpperCase() || '?';
}

/**
 * Whether a text is nothing but one to three emoji.
 *
 * @param {string} text
 */
export function isFewEmoji(text) {
  const signs = text.replace(/\s/g, '');
  return PICTURE.test(signs) && signs.replace(EMOJI, '') === '' && graphemes(signs).length <= FEW;
}
