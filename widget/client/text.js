/**
 * What a text must be to be sent, as the server sees it: how long it is, whether there is anything in it to see, and
 * that it can be written as JSON at all. Both composers and the client ask here, so that nobody is let send what is
 * refused, or kept from sending what is not; what is visible is a table that is generated from the room's own.
 */

import { VISIBLE } from '../../domain/bindings/text-rules.js';

/**
 * Whether there is anything to see in a text. Empty means the same here as in the room: U+0085 or U+FEFF alone is
 * nothing, although `trim()` leaves the one and takes the other.
 *
 * @param {string} text
 */
export function isSendable(text) {
  return VISIBLE.test(text);
}

/**
 * The length of a text as the server counts it: in Unicode scalar values.
 *
 * @param {string} text
 */
export function countCharacters(text) {
  let count = 0;
  for (const _ of text) {
    count += 1;
  }
  return count;
}

/**
 * Half a surrogate pair can't be sent; a room would take the whole frame for malformed.
 *
 * @param {string} text
 */
export function wellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, '\u{fffd}');
}
