/** What a message is called where its buttons are named: the beginning of its words. */
import { cut } from './graphemes.js';
import { withoutMarks } from './markdown.js';

/** In code points. */
const MOST = 40;

/** @param {string} text */
export function excerptOf(text) {
  const words = withoutMarks(text);
  const start = cut(words, MOST);
  return start.length < words.length ? `${start}…` : words;
}
