/**
 * Finds the addresses in plain text, of the web and of mail, so that whoever shows it can make links of them as document
 * nodes. Promises that the parts make up the text exactly, that a link leads to http, https or mailto and nothing else,
 * that it says where it leads when letters are made to look like others, and that nothing is linked which hides its
 * host behind a name and password.
 *
 * @typedef {object} Part
 * @property {string} text
 * @property {string} [url]
 * @property {string} [host] The host as it is called in the network, where the text may be read as another.
 */

/** What a link gets beside its address. */
export const LINK = { target: '_blank', rel: 'noopener noreferrer nofollow ugc' };

/**
 * Where an address ends: at a blank, a quotation mark, an angle bracket, a grave accent; at the punctuation of
 * Chinese, Japanese and Korean; and at characters that nobody sees or that turn the line round.
 */
const REST = String.raw`[^\s<>"\x60\x00-\x1f\u061c\u200b-\u200f\u2018-\u201f\u2028-\u202e\u2060-\u206f\u3000-\u303f\ufe30-\ufe4f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufeff]`;
const NAME = String.raw`[\w-]+(?:\.[\w-]+)*\.[a-z]{2,63}`;
const CANDIDATE = new RegExp(String.raw`https?:\/\/${REST}+|www\.${NAME}(?:[:/?#]${REST}*)?|[\w.+-]{1,64}@${NAME}`, 'giu');
/** What ends a sentence, or an emphasis, rather than an address. */
const TRAILING = new Set('.,;:!?\'*’”»…');
/** @type {Readonly<Record<string, string>>} */
const CLOSING = { '(': ')', '[': ']', '{': '}' };
const CLOSERS = new Set(Object.values(CLOSING));
const CJK = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}`;
/** A host in Latin letters after which a language without spaces goes on. */
const RUNS_ON = new RegExp(String.raw`^(https?:\/\/[\w.-]+\.[a-z]{2,63})[${CJK}]`, 'iu');
/** Letters that are there in the shapes of Latin ones, other than the plain ones with their accents. */
const LOOKALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}\p{Script=Latin}]/u;
const PLAIN = /[\0-\x7fßæœøþð\p{M}]/gu;

/**
 * @param {string} text
 * @returns {Part[]}
 */
export function splitLinks(text) {
  /** @type {Part[]} */
  const parts = [];
  let end = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    const link = read(trim(candidate, text.charAt(index - 1)), text.charAt(index - 1));
    if (link) {
      if (index > end) {
        parts.push({ text: text.slice(end, index) });
      }
      parts.push(link);
      end = index + link.text.length;
    }
  }
  if (end < text.length) {
    parts.push({ text: text.slice(end) });
  }
  return parts;
}

/**
 * @param {string} text What may be an address.
 * @param {string} before The character before it.
 * @returns {Part | undefined}
 */
function read(text, before) {
  const isWeb = /^https?:/i.test(text);
  // In the middle of a word, or of something longer that is no address, it is none.
  if (isWeb ? /[a-z\d]/i.test(before) : /[\w@:/.-]/.test(before)) {
    return undefined;
  }
  if (!isWeb && !/^www\./i.test(text)) {
    return { text, url: `mailto:${text}` };
  }
  /** @type {URL} */
  let url;
  try {
    url = new URL(isWeb ? text : `https://${text}`);
  } catch {
    return undefined;
  }
  if (url.username || url.password) {
    return undefined;
  }
  return { text, url: url.href, ...(isDisguised(text) && { host: url.host }) };
}

/**
 * Whether a host can be taken for another: letters of another alphabet beside Latin ones, or odd Latin ones.
 *
 * @param {string} address
 */
function isDisguised(address) {
  const host = address.replace(/^https?:\/\//i, '').split(/[/?#]/)[0] ?? '';
  return /[a-z]/i.test(host) && LOOKALIKE.test(host.normalize('NFD').replace(PLAIN, ''));
}

/**
 * @param {string} candidate
 * @param {string} before
 */
function trim(candidate, before) {
  candidate = RUNS_ON.exec(candidate)?.[1] ?? candidate;
  /** How many more brackets of a kind are closed than opened. @type {Record<string, number>} */
  const unopened = {};
  for (const character of candidate) {
    const closing = CLOSING[character] ?? character;
    unopened[closing] = (unopened[closing] ?? 0) + (closing === character ? 1 : -1);
  }
  let end = candidate.length;
  for (; end > 0; end -= 1) {
    const last = candidate.charAt(end - 1);
    // A bracket that was opened within the address belongs to it, a line or wave that was opened before it does not.
    const isOutside = CLOSERS.has(last) ? (unopened[last] ?? 0) > 0 : TRAILING.has(last) || (/[_~|]/.test(last) && last === before);
    if (!isOutside) {
      break;
    }
    unopened[last] = (unopened[last] ?? 0) - 1;
  }
  return candidate.slice(0, end);
}
