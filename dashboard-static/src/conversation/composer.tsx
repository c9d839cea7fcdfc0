/**
 * Where an agent writes: a reply to the visitor or a note to the team, each with its own draft. `r` and `n` begin one
 * from anywhere outside a text field; Ctrl+/ (or ⌘/) switches while writing.
 */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { textLength } from '@client/length.js';
import { isSendable } from '@client/text.js';
import type { SendKind } from '@wire';
import { Icon } from '../ui/icon.tsx';
import { isCommand } from '../ui/keyboard.ts';
import { TextArea } from '../ui/text-area.tsx';
import { loadDraft, saveDraft, type DraftOwner } from './drafts.ts';

const KINDS = {
  message: { name: 'Reply', placeholder: 'Write a reply…', action: 'Send', keys: 'Enter to send' },
  note: { name: 'Note', placeholder: 'Write a note for your team…', action: 'Add note', keys: 'Enter to add' },
} as const satisfies Record<SendKind, object>;
const ORDER: readonly SendKind[] = ['message', 'note'];

interface Props {
  owner: DraftOwner;
  limit: number;
  onsend(text: string, kind: SendKind): void;
  ontyping(active: boolean): void;
}

export function Composer({ owner, limit, onsend, ontyping }: Props) {
  const [kind, setKind] = useState<SendKind>('message');
  const [texts, setTexts] = useState(() => ({ message: loadDraft(owner, 'message'), note: loadDraft(owner, 'note') }));
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const text = texts[kind];
  const { tooLong, words } = textLength(text, limit);
  const sendable = isSendable(text) && !tooLong;
  const { name, placeholder, action, keys } = KINDS[kind];

  const write = (value: string) => {
    setTexts({ ...texts, [kind]: value });
    saveDraft(owner, kind, value);
    // Nobody is told of a note being written, least of all the visitor.
    if (kind === 'message') {
      ontyping(isSendable(value));
    }
  };
  const choose = (next: SendKind) => {
    if (next === 'note') {
      ontyping(false);
    }
    setKind(next);
  };
  const send = () => {
    if (!sendable) {
      return;
    }
    onsend(text, kind);
    write('');
    area.current?.focus();
  };

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      let next: SendKind | undefined;
      if ((event.ctrlKey || event.metaKey) && event.key === '/') {
        next = kind === 'message' ? 'note' : 'message';
      } else if (isCommand(event)) {
        next = event.key === 'r' ? 'message' : event.key === 'n' ? 'note' : undefined;
      }
      if (next !== undefined) {
        event.preventDefault();
        choose(next);
        area.current?.focus();
      }
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  });

  return (
    <form
      class={`composer composer-${kind}`}
      aria-label="Write"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div
        class="composer-tabs"
        role="tablist"
        aria-label="What to write"
        onKeyDown={(event) => {
          if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
            const next = kind === 'message' ? 'note' : 'message';
            choose(next);
            document.getElementById(`${id}-${next}`)?.focus();
          }
        }}
      >
        {ORDER.map((one) => (
          <button
            key={one}
            id={`${id}-${one}`}
            type="button"
            role="tab"
            class="composer-tab"
            aria-selected={one === kind}
            aria-controls={`${id}-panel`}
            aria-keyshortcuts={`${one === 'message' ? 'R' : 'N'} Control+/`}
            tabIndex={one === kind ? 0 : -1}
            onClick={() => {
              choose(one);
              area.current?.focus();
            }}
          >
            {KINDS[one].name}
          </button>
        ))}
        {kind === 'note' && (
          <span class="composer-hint">
            <Icon name="lock" /> Only your team sees this
          </span>
        )}
      </div>
      <div class="composer-panel" id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${kind}`}>
        <TextArea
          inputRef={area}
          label={name}
          placeholder={placeholder}
          value={text}
          invalid={tooLong}
          describedBy={`${id}-length`}
          oninput={write}
          onenter={send}
        />
        <div class="composer-foot">
          <span id={`${id}-length`} class={tooLong ? 'composer-length field-error' : 'composer-length'}>
            {words ?? <span class="composer-keys">{keys}, Shift+Enter for a new line</span>}
          </span>
          <button type="submit" class="button button-primary" aria-disabled={!sendable}>
            {action}
          </button>
        </div>
      </div>
    </form>
  );
}
