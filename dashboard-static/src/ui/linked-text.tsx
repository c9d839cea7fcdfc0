import { useMemo } from 'preact/hooks';
import { LINK, splitLinks } from '@client/links.js';

/** Plain text in which addresses are links. Made of document nodes: nothing in the text is ever read as markup. */
export function LinkedText({ text }: { text: string }) {
  const parts = useMemo(() => splitLinks(text), [text]);
  return (
    <>
      {parts.map((part) =>
        part.url === undefined ? (
          part.text
        ) : (
          <>
            <a href={part.url} {...LINK}>
              {part.text}
            </a>
            {/* Letters that look like others' are shown, and where they lead is said. */}
            {part.host !== undefined && ` (${part.host})`}
          </>
        ),
      )}
    </>
  );
}
