/**
 * Everything at hand, found by its words: conversations by who they are with, and whatever is offered as a command, by
 * the frame, the screens and what is open on them. Nothing is listed here: a new screen or a new act is found by being in
 * its table. A combobox whose list is always open; the focus goes back to where it was before something is done.
 */
import { withoutMarks } from '@client/markdown.js';
import { isComposing } from '@client/keys.js';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { strings } from '../strings/shell.ts';
import { strings as ui } from '../strings/ui.ts';
import { Modal } from '../ui/dialog.tsx';
import { Icon } from '../ui/icon.tsx';
import { matches, moved } from '../ui/list-keys.ts';
import { FINDER, Options, type Option } from '../ui/listbox.tsx';
import { nameOf } from '../ui/name-of.ts';
import { useSource } from '../ui/use-source.ts';
import { useDesk } from './desk.ts';
import { keysOf } from './key-help.tsx';
import { addressOf, navigate } from './router.ts';
import { HOME } from './screens.ts';
import './palette.css';

interface Item extends Option {
  group: string;
  run(): void;
}

export const PALETTE_KEY = 'Mod+k';
/** How many conversations are offered before anything is written, and after that. */
const RECENT = 5;
const FOUND = 20;
const EVERYTHING = { status: 'all' } as const;

export function Palette({ onclose }: { onclose(): void }) {
  const id = useId();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const commands = useCommandItems();
  const conversations = useConversationItems();
  const wanted = text.trim();
  // Conversations have names that nobody foresaw: they are named before what is always the same.
  const shown =
    wanted === ''
      ? [...commands, ...conversations.slice(0, RECENT)]
      : [...matches(commands, wanted), ...matches(conversations, wanted).slice(0, FOUND)];

  return (
    <Modal class="dialog palette" aria-label={strings.find} onclose={onclose}>
      {(close) => {
        const choose = (item: Option | undefined) => {
          close();
          shown.find(({ value }) => value === item?.value)?.run();
        };
        const onKeyDown = (event: KeyboardEvent) => {
          if (isComposing(event)) {
            return;
          }
          const next = moved(event.key, active, shown.length, { wraps: true });
          if (event.key === 'Enter' && shown[active]) {
            choose(shown[active]);
          } else if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
            close();
          } else if (next !== undefined && event.key !== 'Home' && event.key !== 'End') {
            setActive(next);
          } else {
            return;
          }
          event.preventDefault();
        };
        return (
          <div class="palette-body">
            <div class="palette-field">
              <Icon name="search" />
              <input
                ref={input}
                {...FINDER}
                enterkeyhint="go"
                aria-label={strings.find}
                aria-expanded={shown.length > 0}
                aria-controls={id}
                {...(shown.length > 0 && { 'aria-activedescendant': `${id}-${active}` })}
                placeholder={strings.findPlaceholder}
                value={text}
                onInput={({ currentTarget }) => {
                  setText(currentTarget.value);
                  setActive(0);
                }}
                onKeyDown={onKeyDown}
              />
            </div>
            <div class="palette-list" id={id} role="listbox" aria-label={strings.find}>
              <Options id={id} options={shown} active={active} isChosen={() => false} onactive={setActive} onchoose={choose} />
            </div>
            {shown.length === 0 && <p class="palette-none">{ui.noMatch}</p>}
            <span class="hidden-label" role="status">
              {wanted === '' ? '' : ui.found(shown.length)}
            </span>
          </div>
        );
      }}
    </Modal>
  );
}

function useCommandItems(): Item[] {
  const { keyboard } = useDesk();
  useSource(keyboard);
  return keyboard.offered().flatMap(({ name, commands }) =>
    commands.filter(({ key }) => key !== PALETTE_KEY).map(({ key, words, icon, run }) => ({
      value: `${name} ${words}`,
      label: words,
      group: name,
      ...(icon && { icon }),
      shortcut: key && keysOf(key),
      run: () => run(),
    })),
  );
}

function useConversationItems(): Item[] {
  const { inbox } = useDesk();
  const list = useSource(inbox).list(EVERYTHING);
  useEffect(() => {
    if (!list.loaded) {
      void inbox.loadMore(EVERYTHING);
    }
  }, [inbox]);
  return list.conversations.map(({ id, visitor, lastMessage }) => ({
    value: id,
    label: nameOf(visitor),
    group: strings.conversations,
    icon: 'person',
    ...(lastMessage && { hint: withoutMarks(lastMessage.preview) }),
    run: () => navigate(addressOf(HOME, { id })),
  }));
}
