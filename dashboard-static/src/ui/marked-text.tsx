/**
 * A text as its author meant it: the few marks of Markdown that `@client/markdown.js` reads, and addresses as links. Made
 * of document nodes: nothing in the text is ever read as HTML. The marks themselves stay in the document, unseen and
 * unspoken, so that whoever copies has what was written, to the letter.
 */
import { LINK } from '@client/links.js';
import { parseMarkdown, type Markup } from '@client/markdown.js';
import { h, type ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import './marked-text.css';

export function MarkedText({ text }: { text: string }) {
  return <>{useMemo(() => parseMarkdown(text).map(node), [text])}</>;
}

/** Puts on the clipboard what was written, where a selection lies within one text; the browser would leave out its marks. */
export function copyAsWritten(event: ClipboardEvent & { currentTarget: HTMLElement }): void {
  const selection = getSelection();
  const range = selection?.rangeCount === 1 ? selection.getRangeAt(0) : undefined;
  if (range && event.currentTarget.contains(range.commonAncestorContainer)) {
    const copied = range.cloneContents();
    copied.querySelectorAll('.host').forEach((said) => said.remove());
    event.clipboardData?.setData('text/plain', copied.textContent ?? '');
    event.preventDefault();
  }
}

function node(part: Markup): ComponentChildren {
  if ('mark' in part) {
    return (
      <span class="mark" aria-hidden="true">
        {part.mark}
      </span>
    );
  }
  if ('tag' in part) {
    const { tag, value, isDeep, parts } = part;
    return h(tag, { ...(value !== undefined && { value }), ...(isDeep && { class: 'deep' }) }, parts.map(node));
  }
  const { text, url, host } = part;
  if (url === undefined) {
    return text;
  }
  return (
    <>
      <a href={url} {...LINK}>
        {text}
      </a>
      {/* Letters that look like others' are shown, and where they lead is said. */}
      {host !== undefined && <span class="host"> ({host})</span>}
    </>
  );
}
