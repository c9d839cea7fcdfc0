import type { Priority } from '@wire';
import { useRef } from 'preact/hooks';
import { useCommands, useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import type { IconName } from '../../ui/icon.tsx';
import { Select } from '../../ui/select.tsx';
import { prioritise } from './acts.ts';
import { openSelect } from './open-select.ts';

const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];
const ICONS: Partial<Record<Priority, IconName>> = { urgent: 'urgent', high: 'up', low: 'down' };

/** How urgent a conversation is. */
export function ConversationPriority({ id, priority }: { id: string; priority: Priority }) {
  const { ask, changes } = useDesk();
  const around = useRef<HTMLDivElement>(null);
  const set = (next: Priority) => changes.do(id, prioritise(ask, id, next));
  useCommands({
    name: strings.groups.conversation,
    scope: 'open',
    commands: [
      { key: 'p', words: strings.commands.prioritise, icon: 'urgent', run: () => openSelect(around.current) },
      ...PRIORITIES.map((one) => ({
        words: strings.commands.priority(strings.priorities[one]),
        icon: ICONS[one] ?? 'check',
        isOffered: () => one !== priority,
        run: () => set(one),
      })),
    ],
  });
  return (
    <div class="conversation-department" ref={around}>
      <Select
        compact
        hideLabel
        label={strings.priority}
        value={priority}
        options={PRIORITIES.map((one) => ({
          value: one,
          label: one === priority ? strings.priorityOf(strings.priorities[one]) : strings.priorities[one],
          ...(ICONS[one] && { icon: ICONS[one] }),
        }))}
        onchange={set}
      />
    </div>
  );
}
