/**
 * Finds the web addresses in plain text, so that whoever shows it can make links of them as document nodes. Promises
 * that the parts make up the text exactly, and that an address is http or https and nothing else.
 */

const CANDIDATE = /\bhttps?:\/\/[^\s<>"]+/giu;
/** What ends a sentence rather than an address. */
const TRAILING = new Set('.,;:!?\'’”»…');
/** @type {Readonly<Record<string, string>>} */
const CLOSING = { '(': ')', '[': ']', '{': '}' };
const CLOSERS = new Set(Object.values(CLOSING));

/**
 * @param {string} text
 * @returns {{ text: string, url?: string }[]}
 */
export function splitLinks(text) {
  /** @type {{ text: string, url?: string }[]} */
  const parts = [];
  let end = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    const address = trim(candidate);
    if (!URL.canParse(address)) {
      continue;
    }
    if (index > end) {
      parts.push({ text: text.slice(end, index) });
    }
    parts.push({ text: address, url: new URL(address).href });
    end = index + address.length;
  }
  if (end < text.length) {
    parts.push({ text: text.slice(end) });
  }
  return parts;
}

/** @param {string} candidate */
function trim(candidate) {
  /** How many more brackets of a kind are closed than opened. @type {Record<string, number>} */
  const unopened = {};
  for (const character of candidate) {
    const closing = CLOSING[character] ?? character;
    unopened[closing] = (unopened[closing] ?? 0) + (closing === character ? 1 : -1);
  }
  let end = candidate.length;
  for (; end > 0; end -= 1) {
    const last = candidate.charAt(end - 1);
    const isBracket = CLOSERS.has(last);
    // A bracket that was opened within the address belongs to it.
    if (isBracket ? (unopened[last] ?? 0) <= 0 : !TRAILING.has(last)) {
      break;
    }
    unopened[last] = (unopened[last] ?? 0) - 1;
  }
  return candidate.slice(0, end);
}
