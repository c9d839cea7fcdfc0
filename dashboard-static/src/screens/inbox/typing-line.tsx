import type { Actor } from '@wire';
import { strings } from '../../strings/inbox.ts';
import { LANGUAGE } from '../../strings/plural.ts';
import { Name } from '../../ui/name.tsx';
import { nameOf } from '../../ui/name-of.ts';

const list = new Intl.ListFormat(LANGUAGE);

/** Who is writing just now. Its place is kept when nobody is, so that nothing jumps. */
export function TypingLine({ typing }: { typing: Actor[] }) {
  return (
    <p class="typing">
      {typing.length > 0 && (
        <>
          <span class="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span>
            {list
              .formatToParts(typing.map(nameOf))
              .map(({ type, value }) => (type === 'element' ? <Name>{value}</Name> : value))}
            {strings.typing(typing.length)}
          </span>
        </>
      )}
    </p>
  );
}
