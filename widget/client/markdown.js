/**
 * Reads the few marks of Markdown that people write in a chat, as a tree that whoever shows it makes document nodes of:
 * bold, italic, struck out, code, quotes, lists, and addresses as links. No images, no HTML, no links under other words.
 * Promises that what the parts say, marks and all, is the text exactly, so that nothing that was written can be lost;
 * that no text makes a tree deeper than a few steps; and that reading takes time in proportion to the text.
 *
 * A mark counts where a word begins or ends, and on its own line, so that `snake_case`, `2*3*4`, `*.txt` and `-_-` are
 * what they were.
 *
 * @typedef {import('./links.js').Part} Words
 *
 * @typedef {object} Mark What is there for the reader of the source only, and not shown.
 * @property {string} mark
 *
 * @typedef {object} Element
 * @property {'strong' | 'em' | 's' | 'code' | 'pre' | 'small' | 'blockquote' | 'ul' | 'ol' | 'li'} tag `small`: the
 *   language of a block of code.
 * @property {number} [value] The number of an item.
 * @property {boolean} [isDeep] Whether an item stands further in.
 * @property {Markup[]} parts
 *
 * @typedef {Words | Mark | Element} Markup
 *
 * @typedef {object} Token A text, or a mark that may begin or end something.
 * @property {Markup} part
 * @property {boolean} [opens]
 * @property {boolean} [closes]
 * @property {number} [end] Where what begins here ends.
 */
import { splitLinks } from './links.js';

const FENCE = /^ {0,3}(`{3,})([^`]*)$/;
const LANGUAGE = /^\s*[\w+#.-]{1,20}\s*$/;
const LINE = /^( {0,9})(?:(>)(?: |$)|([-*•]) +(?=\S)|(\d{1,3})[.)] +(?=\S))/;
/** What may stand before a mark that begins something and after one that ends it: no part of a word, a formula, a face. */
const EDGE = /^$|[\s()[\]{}"'*_~:,;.!?]|[^\0-\x7f]/;
/** @type {Readonly<Record<string, Element['tag']>>} */
const TAGS = { '*': 'em', _: 'em', '**': 'strong', __: 'strong', '~~': 's' };

/**
 * @param {string} text
 * @returns {Markup[]}
 */
export function parseMarkdown(text) {
  const lines = text.split('\n');
  /** @type {Markup[]} */
  const parts = [];
  /** Where the plain lines begin that are not among the parts yet. */
  let plain = 0;
  /** @param {number} end */
  const addPlain = (end) => {
    const words = lines.slice(plain, end).join('\n');
    // Blank lines beside a block are the space around it.
    const from = plain > 0 ? words.length - words.trimStart().length : 0;
    const to = end < lines.length ? Math.max(from, words.trimEnd().length) : words.length;
    add(parts, { mark: words.slice(0, from) });
    addLines(parts, words.slice(from, to).split('\n'));
    add(parts, { mark: words.slice(to) });
  };

  for (let index = 0; index < lines.length; ) {
    const found = code(lines, index) ?? quoteOrList(lines, index);
    if (!found) {
      index += 1;
      continue;
    }
    if (plain < index) {
      addPlain(index);
      add(parts, { mark: '\n' });
    }
    parts.push(found.block);
    index = plain = found.end;
    if (plain < lines.length) {
      add(parts, { mark: '\n' });
    }
  }
  if (plain < lines.length) {
    addPlain(lines.length);
  }
  return parts;
}

/**
 * What a line says without its marks, for where there is no room for more than words.
 *
 * @param {string} line
 */
export function withoutMarks(line) {
  /** @param {Markup[]} parts @returns {string} */
  const words = (parts) => parts.map((part) => ('text' in part ? part.text : 'tag' in part ? words(part.parts) : '')).join('');
  return words(inline(line));
}

/**
 * A block of code that begins with a line. One that nobody ends goes on to the end of the text.
 *
 * @param {string[]} lines
 * @param {number} index
 */
function code(lines, index) {
  const [line = '', fence = '', rest = ''] = FENCE.exec(lines[index] ?? '') ?? [];
  if (fence === '') {
    return undefined;
  }
  let last = index + 1;
  while (last < lines.length && !(lines[last] ?? '').trimEnd().endsWith(fence)) {
    last += 1;
  }
  const isEnded = last < lines.length;
  const end = isEnded ? last + 1 : last;
  const isLanguage = LANGUAGE.test(rest);
  // Other words beside the fence are code already.
  const isCode = rest.trim() !== '' && !isLanguage;
  const source = lines.slice(index, end).join('\n');
  const from = isCode ? line.length - rest.length : Math.min(line.length + 1, source.length);
  let to = isEnded ? source.trimEnd().length - fence.length : source.length;
  to -= to > from && source[to - 1] === '\n' ? 1 : 0;
  if (from >= to) {
    return undefined;
  }
  /** @type {Markup[]} */
  const parts = [];
  if (isLanguage) {
    add(parts, { mark: line.slice(0, line.length - rest.length) });
    parts.push({ tag: 'small', parts: [{ text: rest }] });
    add(parts, { mark: '\n' });
  } else {
    add(parts, { mark: source.slice(0, from) });
  }
  parts.push({ text: source.slice(from, to) });
  add(parts, { mark: source.slice(to) });
  return { block: /** @type {Element} */ ({ tag: 'pre', parts }), end };
}

/**
 * A quote or a list that begins with a line: all lines with the same mark.
 *
 * @param {string[]} lines
 * @param {number} index
 */
function quoteOrList(lines, index) {
  const tag = tagOf(lines[index] ?? '');
  if (!tag) {
    return undefined;
  }
  /** @type {Element} */
  const block = { tag, parts: [] };
  let end = index;
  while (end < lines.length && tagOf(lines[end] ?? '') === tag) {
    end += 1;
  }
  lines.slice(index, end).forEach((line, place, all) => {
    const [mark = '', indent = '', , , number] = LINE.exec(line) ?? [];
    const isLast = place === all.length - 1;
    const parts = [{ mark }, ...inline(line.slice(mark.length))];
    if (tag === 'blockquote') {
      parts.forEach((part) => add(block.parts, part));
      add(block.parts, { text: isLast ? '' : '\n' });
    } else {
      add(parts, { mark: isLast ? '' : '\n' });
      block.parts.push({ tag: 'li', parts, ...(number && { value: Number(number) }), ...(indent.length > 1 && { isDeep: true }) });
    }
  });
  return { block, end };
}

/** @param {string} line */
function tagOf(line) {
  const [, , quote, bullet, number] = LINE.exec(line) ?? [];
  return quote ? 'blockquote' : bullet ? 'ul' : number ? 'ol' : undefined;
}

/**
 * @param {Markup[]} parts
 * @param {string[]} lines
 */
function addLines(parts, lines) {
  lines.forEach((line, index) => {
    add(parts, { text: index > 0 ? '\n' : '' });
    inline(line).forEach((part) => add(parts, part));
  });
}

/**
 * Adds a part, or makes the last one longer; an empty one adds nothing.
 *
 * @param {Markup[]} parts
 * @param {Markup} part
 */
function add(parts, part) {
  const last = parts.at(-1);
  if ('mark' in part && last && 'mark' in last) {
    parts[parts.length - 1] = { mark: last.mark + part.mark };
  } else if ('text' in part && !part.url && last && 'text' in last && !last.url) {
    parts[parts.length - 1] = { text: last.text + part.text };
  } else if ('tag' in part || ('mark' in part ? part.mark : part.text) !== '') {
    parts.push(part);
  }
}

/**
 * The parts of one line. Of marks of the same kind the nearest ones belong together, so that at most one of each kind is
 * open at a time.
 *
 * @param {string} line
 */
function inline(line) {
  const tokens = tokensOf(line);
  /** What has begun and not ended, by its place. @type {number[]} */
  const open = [];
  tokens.forEach(({ part, opens, closes }, index) => {
    if ('mark' in part) {
      const at = open.findLastIndex((one) => isMark(tokens[one]?.part, part.mark));
      if (closes && at >= 0) {
        Object.assign(tokens[open[at] ?? 0] ?? {}, { end: index });
        open.length = at;
      } else if (opens) {
        if (at >= 0) {
          open.splice(at, 1);
        }
        open.push(index);
      }
    }
  });

  /** @type {Markup[]} */
  const all = [];
  const around = [{ parts: all, end: -1 }];
  tokens.forEach(({ part, end }, index) => {
    const inner = around.at(-1);
    if (end !== undefined && 'mark' in part) {
      /** @type {Markup[]} */
      const parts = [part];
      inner?.parts.push({ tag: TAGS[part.mark] ?? 'em', parts });
      around.push({ parts, end });
    } else if (inner?.end === index) {
      inner.parts.push(part);
      around.pop();
    } else {
      add(inner?.parts ?? all, 'mark' in part ? { text: part.mark } : part);
    }
  });
  return all;
}

/**
 * @param {Markup | undefined} part
 * @param {string} mark
 */
function isMark(part, mark) {
  return part !== undefined && 'mark' in part && part.mark === mark;
}

/**
 * What a line is made of: code first, in which nothing else counts, then addresses, then marks.
 *
 * @param {string} line
 */
function tokensOf(line) {
  /** @type {Token[]} */
  const tokens = [];
  const runs = [...line.matchAll(/`+/g)];
  /** The next run of the same length, after each run. @type {(number | undefined)[]} */
  const next = [];
  /** @type {Map<number, number>} */
  const later = new Map();
  for (let index = runs.length - 1; index >= 0; index -= 1) {
    const { length } = runs[index]?.[0] ?? '';
    next[index] = later.get(length);
    later.set(length, index);
  }
  let end = 0;
  for (let index = 0; index < runs.length; index += 1) {
    const closing = next[index];
    const run = runs[index];
    const to = closing === undefined ? undefined : runs[closing]?.index;
    if (run && closing !== undefined && to !== undefined) {
      const [mark] = run;
      addWords(tokens, line, end, run.index);
      tokens.push({ part: { tag: 'code', parts: [{ mark }, { text: line.slice(run.index + mark.length, to) }, { mark }] } });
      end = to + mark.length;
      index = closing;
    }
  }
  addWords(tokens, line, end, line.length);
  return tokens;
}

/**
 * @param {Token[]} tokens
 * @param {string} line
 * @param {number} from
 * @param {number} to
 */
function addWords(tokens, line, from, to) {
  let at = from;
  for (const part of splitLinks(line.slice(from, to))) {
    for (const piece of part.url ? [part.text] : part.text.split(/(\*+|_+|~+)/)) {
      const marks = part.url ? undefined : marksOf(piece);
      const [before, after] = [line.charAt(at - 1), line.charAt(at + piece.length)];
      const opens = EDGE.test(before) && /\S/.test(after);
      const closes = /\S/.test(before) && EDGE.test(after);
      if (marks && (opens || closes)) {
        tokens.push(...(closes ? marks.toReversed() : marks).map((mark) => ({ part: { mark }, opens, closes })));
      } else {
        tokens.push({ part: part.url ? part : { text: piece } });
      }
      at += piece.length;
    }
  }
}

/**
 * The marks that a run of signs is made of.
 *
 * @param {string} run
 */
function marksOf(run) {
  return TAGS[run] ? [run] : run === '***' || run === '___' ? [run.slice(1), run.slice(2)] : undefined;
}
