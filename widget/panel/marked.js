/**
 * A message as its author meant it: the few marks of Markdown that `../client/markdown.js` reads, and addresses as links.
 * Made of nodes: nothing in the text is ever read as HTML. The marks themselves stay in the document, unseen and unspoken,
 * so that whoever copies has what was written, to the letter.
 *
 * @typedef {import('../client/markdown.js').Markup} Markup
 */
import { LINK } from '../client/links.js';
import { parseMarkdown } from '../client/markdown.js';
import { element } from './dom.js';

/** @param {string} text */
export function marked(text) {
  return parseMarkdown(text).flatMap(nodesOf);
}

/**
 * Puts on the clipboard what was written, where a selection lies within one message; the browser would leave out its marks.
 *
 * @param {ClipboardEvent} event
 */
export function copyAsWritten(event) {
  const selection = getSelection();
  const range = selection?.rangeCount ? selection.getRangeAt(0) : undefined;
  const within = range?.commonAncestorContainer;
  if (range && (within instanceof Element ? within : within?.parentElement)?.closest('.text')) {
    const copied = range.cloneContents();
    copied.querySelectorAll('.host').forEach((said) => said.remove());
    event.clipboardData?.setData('text/plain', copied.textContent ?? '');
    event.preventDefault();
  }
}

/**
 * @param {Markup} part
 * @returns {(Node | string)[]}
 */
function nodesOf(part) {
  if ('mark' in part) {
    return [element('span', { className: 'mark', ariaHidden: 'true', textContent: part.mark })];
  }
  if ('tag' in part) {
    const { tag, value, isDeep, parts } = part;
    const isBlock = /^(ul|ol|blockquote)$/.test(tag);
    const properties = {
      value,
      className: isDeep ? 'deep' : undefined,
      // A list in Arabic has its signs on the right, whatever is written around it.
      dir: isBlock ? 'auto' : undefined,
      // Long lines of code are scrolled to, which some browsers let nobody do by keyboard otherwise.
      tabIndex: tag === 'pre' ? 0 : undefined,
    };
    return [element(tag, properties, ...parts.flatMap(nodesOf))];
  }
  const { text, url, host } = part;
  return [
    url === undefined ? text : element('a', { href: url, ...LINK, textContent: text }),
    // The letters of this address look like those of another.
    ...(host === undefined ? [] : [element('span', { className: 'host', textContent: ` (${host})` })]),
  ];
}
