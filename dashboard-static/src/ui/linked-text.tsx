import { useMemo } from 'preact/hooks';
import { splitLinks } from '@client/links.js';

/** Plain text in which web addresses are links. Made of document nodes: nothing in the text is ever read as markup. */
export function LinkedText({ text }: { text: string }) {
  const parts = useMemo(() => splitLinks(text), [text]);
  return (
    <>
      {parts.map((part) =>
        part.url === undefined ? (
          part.text
        ) : (
          <a href={part.url} target="_blank" rel="noopener noreferrer nofollow ugc">
            {part.text}
          </a>
        ),
      )}
    </>
  );
}
