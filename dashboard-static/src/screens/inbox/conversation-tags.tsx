import { TAGS_PER_CONVERSATION } from '../../../../domain/bindings/wire-values.js';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isComposing } from '@client/keys.js';
import { useCommands, useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { TagChip } from '../../ui/badge.tsx';
import { IconButton } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { toast } from '../../ui/toast.tsx';
import { useSource } from '../../ui/use-source.ts';
import { putTag, takeTag } from './acts.ts';

/** What the conversation is about: its tags, each with the way to take it off, and a field to find another one. */
export function ConversationTags({ id, tagged, changeable }: { id: string; tagged: readonly string[]; changeable: boolean }) {
  const { ask, changes, tags } = useDesk();
  const { items, loaded } = useSource(tags.active);
  useSource(tags.archived);
  const [adds, setAdds] = useState(false);
  const bar = useRef<HTMLDivElement>(null);
  const canHaveMore = tagged.length < TAGS_PER_CONVERSATION;

  const add = () => {
    if (!canHaveMore) {
      toast(strings.tooManyTags(TAGS_PER_CONVERSATION), { tone: 'bad' });
    } else if (loaded && items.length === 0) {
      toast(strings.noTags);
    } else {
      setAdds(true);
    }
  };
  useCommands({
    name: strings.groups.conversation,
    scope: 'open',
    commands: [{ key: 'l', words: strings.addTag, icon: 'tag', isOffered: () => changeable, run: add }],
  });

  const isFirst = useRef(true);
  useLayoutEffect(() => {
    if (!isFirst.current) {
      // The field has come in place of the button, or the button of the field.
      bar.current?.querySelector<HTMLElement>(adds ? 'input' : '.tag-add')?.focus();
    }
    isFirst.current = false;
  }, [adds]);

  return (
    <div
      class="conversation-tags"
      ref={bar}
      role="group"
      aria-label={strings.tags}
      onKeyDown={(event) => {
        if (adds && event.key === 'Escape' && !event.defaultPrevented && !isComposing(event)) {
          event.preventDefault();
          setAdds(false);
        }
      }}
    >
      {tagged.map((one) => {
        const name = tags.get(one)?.name ?? (tags.isGone(one) ? strings.goneTag : '…');
        return (
          <TagChip
            key={one}
            name={name}
            colour={tags.get(one)?.color ?? '#808080'}
            {...(changeable && {
              removeLabel: strings.removeTag(name),
              onremove: () => {
                changes.do(id, takeTag(ask, id, { id: one, name }));
                bar.current?.querySelector<HTMLElement>('.tag-add')?.focus();
              },
            })}
          />
        );
      })}
      {!changeable ? null : adds ? (
        <Combobox
          hideLabel
          label={strings.addTag}
          placeholder={strings.addTag}
          value={undefined}
          options={items
            .filter((tag) => !tagged.includes(tag.id))
            .map((tag) => ({ value: tag.id, label: tag.name, colour: tag.color, ...(tag.description && { hint: tag.description }) }))}
          onchange={(value) => {
            changes.do(id, putTag(ask, id, { id: value, name: tags.get(value)?.name ?? '' }));
            setAdds(false);
          }}
        />
      ) : (
        <IconButton class="tag-add" icon="tag" size="small" label={strings.addTag} shortcut="L" onClick={add} />
      )}
    </div>
  );
}
