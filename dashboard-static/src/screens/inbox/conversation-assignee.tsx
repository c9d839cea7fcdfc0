import type { Actor, Colleague, Presence } from '@wire';
import { useRef } from 'preact/hooks';
import { useCommands, useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import type { Option } from '../../ui/listbox.tsx';
import { Select } from '../../ui/select.tsx';
import { useSource } from '../../ui/use-source.ts';
import { assign } from './acts.ts';
import { openSelect } from './open-select.ts';

const NOBODY = '';
const NOBODY_ONLINE = '-';
const ORDER: readonly Presence[] = ['online', 'busy', 'away', 'offline'];
const COLOURS: Readonly<Record<Presence, string>> = {
  online: 'var(--good)',
  away: 'var(--warning)',
  busy: 'var(--bad)',
  offline: 'var(--edge)',
};

interface Props {
  id: string;
  assignee: Actor | null;
  department: string | undefined;
}

/**
 * Whose a conversation is, and the way to give it to somebody: first those who are there and have the most room, those of
 * its department before the others, each with how many they have.
 */
export function ConversationAssignee({ id, assignee, department }: Props) {
  const { ask, changes, departments, inbox, user } = useDesk();
  const { people } = useSource(inbox);
  useSource(departments.active);
  const around = useRef<HTMLDivElement>(null);
  const assignTo = (one: { id: string; name: string } | null) => changes.do(id, assign(ask, id, one));
  const ordered = inOrder(people, user.id);
  const isInside = ({ departments: theirs }: Colleague) => department === undefined || theirs.includes(department);
  const isAnybodyOnline = people.some((one) => one.id !== user.id && one.presence === 'online');
  const outside = strings.outside(departments.get(department ?? '')?.name ?? strings.department);
  const option = (one: Colleague): Option => ({
    value: one.id,
    label: one.id === user.id ? strings.toMyself(one.name) : one.name,
    colour: COLOURS[one.presence],
    hint: strings.loadOf(strings.presences[one.presence], one.load, one.capacity),
    ...(!isInside(one) && one.id !== user.id && { group: outside }),
  });
  useCommands({
    name: strings.groups.conversation,
    scope: 'open',
    commands: [
      { key: 'o', words: strings.commands.assign, icon: 'assign', run: () => openSelect(around.current) },
      ...ordered.slice(0, 20).map((one) => ({
        words: strings.commands.assignTo(one.name),
        icon: 'assign' as const,
        isOffered: () => one.id !== assignee?.id && one.id !== user.id,
        run: () => assignTo(one),
      })),
    ],
  });
  const known = assignee === null || people.some((one) => one.id === assignee.id);
  return (
    <div class="conversation-department" ref={around}>
      <Select
        compact
        hideLabel
        label={strings.assignee}
        value={assignee?.id ?? NOBODY}
        onopen={() => inbox.askPeople()}
        options={[
          { value: NOBODY, label: strings.nobody, hint: strings.nobodyHint },
          ...(known || !assignee ? [] : [{ value: assignee.id, label: assignee.name }]),
          ...ordered.filter((one) => isInside(one) || one.id === user.id).map(option),
          ...(people.length > 1 && !isAnybodyOnline ? [{ value: NOBODY_ONLINE, label: strings.nobodyOnline, disabled: true }] : []),
          ...ordered.filter((one) => !isInside(one) && one.id !== user.id).map(option),
        ]}
        onchange={(value) => assignTo(people.find((one) => one.id === value) ?? null)}
      />
    </div>
  );
}

/** Oneself, then whoever is there and has the most room. */
function inOrder(people: readonly Colleague[], me: string): Colleague[] {
  const room = ({ load, capacity }: Colleague) => (capacity === 0 ? 1 : load / capacity);
  return people.toSorted(
    (one, other) =>
      Number(other.id === me) - Number(one.id === me) ||
      ORDER.indexOf(one.presence) - ORDER.indexOf(other.presence) ||
      room(one) - room(other) ||
      one.name.localeCompare(other.name),
  );
}
