/**
 * Where an agent writes: a reply to the visitor or a note to the team, each with its own draft. `r` and `n` begin one
 * from anywhere outside a text field; Ctrl+/ (or ⌘/) switches while writing; arrow up in an empty field changes what one
 * said last.
 */
import { isComposing } from '@client/keys.js';
import { textLength } from '@client/length.js';
import { isSendable } from '@client/text.js';
import type { SendKind } from '@wire';
import type { RefObject } from 'preact';
import { useId, useState } from 'preact/hooks';
import { useCommands } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { TabList } from '../../ui/tabs.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { loadDraft, saveDraft, type DraftOwner } from './drafts.ts';

interface Props {
  /** What may be written: at least one of the two. */
  kinds: readonly SendKind[];
  owner: DraftOwner;
  area: RefObject<HTMLTextAreaElement | null>;
  limit: number;
  onsend(text: string, kind: SendKind): void;
  ontyping(active: boolean): void;
  oneditlast(): void;
}

export function Composer({ kinds, owner, area, limit, onsend, ontyping, oneditlast }: Props) {
  const [kind, setKind] = useState<SendKind>(kinds[0] ?? 'message');
  const [texts, setTexts] = useState(() => ({ message: loadDraft(owner, 'message'), note: loadDraft(owner, 'note') }));
  const id = useId();
  const text = texts[kind];
  const { tooLong, words } = textLength(text, limit);
  const sendable = isSendable(text) && !tooLong;
  const { name, placeholder, action, keys } = strings.kinds[kind];

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

  const begin = (next: SendKind) => {
    choose(next);
    area.current?.focus();
  };
  useCommands({
    name: strings.groups.conversation,
    scope: 'open',
    commands: [
      { key: 'r', words: strings.commands.reply, icon: 'reply', isOffered: () => kinds.includes('message'), run: () => begin('message') },
      { key: 'n', words: strings.commands.note, icon: 'note', isOffered: () => kinds.includes('note'), run: () => begin('note') },
      {
        key: 'Mod+/',
        words: strings.commands.switch,
        icon: 'edit',
        inText: true,
        isOffered: () => kinds.length > 1,
        run: () => begin(kind === 'message' ? 'note' : 'message'),
      },
    ],
  });

  return (
    <form
      class={`composer composer-${kind}`}
      aria-label={strings.write}
      onKeyDown={(event) => {
        if (event.key === 'ArrowUp' && event.target === area.current && text === '' && !isComposing(event)) {
          event.preventDefault();
          oneditlast();
        }
      }}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="composer-card">
        <div class="composer-head">
          <TabList
            id={id}
            label={strings.kindChoice}
            tabs={kinds.map((one) => ({
              name: one,
              label: strings.kinds[one].name,
              shortcuts: `${one === 'message' ? 'R' : 'N'} Control+/`,
            }))}
            chosen={kind}
            onchange={choose}
            onpress={() => area.current?.focus()}
          />
          {kind === 'note' && (
            <span class="composer-hint">
              <Icon name="lock" /> {strings.teamOnly}
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
              {words ?? <span class="composer-keys">{keys}, {strings.newLine}</span>}
            </span>
            <Button type="submit" kind="primary" disabled={!sendable}>
              {action}
            </Button>
          </div>
        </div>
      </div>
    </form>
  );
}
