import type { Actor } from '@wire';

/** Who is writing just now. Its place is kept when nobody is, so that nothing jumps. */
export function TypingLine({ typing }: { typing: Actor[] }) {
  const names = new Intl.ListFormat('en').format(typing.map(({ name }) => name));
  return (
    <p class="typing">
      {typing.length > 0 && (
        <>
          <span class="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {`${names} ${typing.length === 1 ? 'is' : 'are'} typing…`}
        </>
      )}
    </p>
  );
}
