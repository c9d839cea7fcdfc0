/**
 * Making nodes. Text becomes text and nothing else: there is no way from a message to markup here.
 */
import { splitLinks } from '../client/links.js';
import { clockTime, exactTime, nearDay } from '../client/time.js';

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

/**
 * A message's text, with its web addresses as links.
 *
 * @param {string} text
 */
export function linked(text) {
  const fragment = document.createDocumentFragment();
  for (const { text: part, url } of splitLinks(text)) {
    fragment.append(
      url === undefined
        ? part
        : element('a', { href: url, target: '_blank', rel: 'noopener nofollow ugc', textContent: part }),
    );
  }
  return fragment;
}

const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** @param {number} at */
export function timeOf(at) {
  return element('time', { dateTime: new Date(at).toISOString(), title: exactTime(at), textContent: clockTime(at) });
}

/** @param {number} at */
export function dayOf(at) {
  const now = Date.now();
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return nearDay(at, now) ?? (isThisYear ? DAY : DAY_OF_YEAR).format(at);
}
