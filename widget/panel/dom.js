/**
 * Making nodes. Text becomes text and nothing else: there is no way from a message to markup here.
 */

/**
 * Makes an element; properties are set as properties, `undefined` ones not at all.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [properties]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value !== undefined) {
      Object.assign(node, { [name]: value });
    }
  }
  node.append(...children);
  return node;
}

const LINK = /\bhttps?:\/\/[^\s<>"“”‘’«»]+/giu;
const TRAILING = /[.,;:!?'…*_~]+$/u;

/**
 * A message's text, with its web addresses as links.
 *
 * @param {string} text
 */
export function linked(text) {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const { 0: match, index } of text.matchAll(LINK)) {
    const address = trimmed(match);
    if (URL.canParse(address)) {
      fragment.append(
        text.slice(end, index),
        element('a', { href: address, target: '_blank', rel: 'noopener nofollow ugc', textContent: address }),
      );
      end = index + address.length;
    }
  }
  fragment.append(text.slice(end));
  return fragment;
}

/**
 * What follows an address in a sentence is not part of it: full stops, and brackets that it didn't open.
 *
 * @param {string} address
 */
function trimmed(address) {
  for (;;) {
    const shorter = address.replace(TRAILING, '');
    const last = shorter.at(-1) ?? '';
    const opening = { ')': '(', ']': '[', '}': '{' }[last];
    const isUnopened = opening && shorter.split(opening).length < shorter.split(last).length;
    const next = isUnopened ? shorter.slice(0, -1) : shorter;
    if (next === address) {
      return address;
    }
    address = next;
  }
}

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const ONE_DAY = 86_400_000;

/** @param {number} at */
export function timeOf(at) {
  return element('time', { dateTime: new Date(at).toISOString(), title: MOMENT.format(at), textContent: TIME.format(at) });
}

/** @param {number} at */
export function dayOf(at) {
  const day = new Date(at).toDateString();
  const now = Date.now();
  if (day === new Date(now).toDateString()) {
    return 'Today';
  }
  if (day === new Date(now - ONE_DAY).toDateString()) {
    return 'Yesterday';
  }
  return (new Date(at).getFullYear() === new Date(now).getFullYear() ? DAY : DAY_OF_YEAR).format(at);
}
