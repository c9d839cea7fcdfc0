/**
 * Making nodes. Text becomes text and nothing else: there is no way from a message to markup here.
 */
import { initials } from '../client/graphemes.js';
import { clockTime, exactTime } from '../client/time.js';

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
 * @param {string} label
 * @param {() => void} action
 */
export function button(label, action) {
  const node = element('button', { type: 'button', className: 'plain', textContent: label });
  node.addEventListener('click', action);
  return node;
}

/**
 * A name, as somebody chose it, within a sentence: it turns no line round but its own.
 *
 * @param {string} name
 */
export function named(name) {
  return element('bdi', { textContent: name });
}

/**
 * Names in a row, as a sentence has them.
 *
 * @param {string[]} names
 */
export function listed(names) {
  const parts = new Intl.ListFormat('en').formatToParts(names);
  return parts.map(({ type, value }) => (type === 'element' ? named(value) : value));
}

/** @param {string} name */
export function face(name) {
  return element('span', { className: 'face', ariaHidden: 'true', textContent: initials(name) });
}

/** @param {number} at */
export function timeOf(at) {
  return element('time', { dateTime: new Date(at).toISOString(), title: exactTime(at), textContent: clockTime(at) });
}
