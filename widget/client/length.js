/**
 * How long a text is: as the room counts it, with what to say when it nears the limit, and as a reader sees it.
 *
 * @typedef {object} TextLength
 * @property {boolean} tooLong
 * @property {string | undefined} words What to show beside the text; nothing while it is far from the limit.
 */
import { countCharacters } from './text.js';

/** From how much of the limit on the count is shown. */
const SHOWN_FROM = 0.9;
/** From how many characters, or lines, on a text is folded. */
const LONG = 1_200;
const MANY_LINES = 24;

/**
 * @param {string} text
 * @param {number} limit
 * @returns {TextLength}
 */
export function textLength(text, limit) {
  // Counting every character of every keystroke is needed only near the limit; UTF-16 units are never fewer.
  if (text.length < limit * SHOWN_FROM) {
    return { tooLong: false, words: undefined };
  }
  const length = countCharacters(text);
  if (length > limit) {
    const excess = (length - limit).toLocaleString();
    return { tooLong: true, words: `${excess} ${length - limit === 1 ? 'character' : 'characters'} too long` };
  }
  return { tooLong: false, words: `${length.toLocaleString()} of ${limit.toLocaleString()} characters` };
}

/**
 * Whether a text is so long that it is folded until somebody wants to read it.
 *
 * @param {string} text
 */
export function isLong(text) {
  return text.length > LONG || text.split('\n', MANY_LINES + 1).length > MANY_LINES;
}
