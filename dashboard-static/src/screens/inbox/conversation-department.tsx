import { useRef } from 'preact/hooks';
import { useAll } from '../../data/use-all.ts';
import { useCommands, useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { ColourDot } from '../../ui/listbox.tsx';
import { Select } from '../../ui/select.tsx';
import { useSource } from '../../ui/use-source.ts';
import { move } from './acts.ts';

/** The general queue among departments. */
const QUEUE = '';

interface Props {
  /** The conversation's id. */
  id: string;
  department: string | undefined;
  /** Whether it may be moved. */
  movable: boolean;
}

/** Which department a conversation is in, and the way to move it into another. Not there where a team has none. */
export function ConversationDepartment({ id, department, movable }: Props) {
  const desk = useDesk();
  const { ask, changes, departments } = desk;
  const { items } = useAll(departments.active, desk.may('read_departments'));
  useSource(departments.archived);
  const around = useRef<HTMLDivElement>(null);
  const isOther = department !== undefined && !items.some((one) => one.id === department);
  const present = department === undefined ? undefined : departments.get(department);
  const isShown = desk.may('read_departments') && (items.length > 0 || department !== undefined);
  const moveTo = (to: string | undefined) => changes.do(id, move(ask, id, to));
  const isMovable = isShown && movable && items.length > 0;
  useCommands({
    name: strings.groups.conversation,
    scope: 'open',
    commands: [
      {
        key: 'd',
        words: strings.commands.move,
        icon: 'department',
        isOffered: () => isMovable,
        run: () => {
          const button = around.current?.querySelector<HTMLElement>('button');
          button?.focus();
          button?.click();
        },
      },
      ...items.map(({ id: one, name }) => ({
        words: strings.commands.moveTo(name),
        icon: 'department' as const,
        isOffered: () => isMovable && one !== department,
        run: () => moveTo(one),
      })),
      {
        words: strings.commands.moveToQueue,
        icon: 'department',
        isOffered: () => isMovable && department !== undefined,
        run: () => moveTo(undefined),
      },
    ],
  });
  if (!isShown) {
    return null;
  }
  const other = {
    value: department ?? QUEUE,
    label: present?.name ?? (departments.isGone(department ?? '') ? strings.goneDepartment : '…'),
    colour: present?.color ?? '#808080',
  };
  if (!isMovable) {
    return (
      <span class="conversation-department">
        {department !== undefined && <ColourDot colour={other.colour} />}
        <span class="hidden-label">{strings.department}: </span>
        <bdi>{department === undefined ? strings.queue : other.label}</bdi>
      </span>
    );
  }
  return (
    <div class="conversation-department" ref={around}>
      <Select
        compact
        hideLabel
        label={strings.department}
        value={department ?? QUEUE}
        options={[
          { value: QUEUE, label: strings.queue, hint: strings.queueHint },
          ...(isOther ? [other] : []),
          ...items.map(({ id: value, name, color, description }) => ({
            value,
            label: name,
            colour: color,
            ...(description !== undefined && { hint: description }),
          })),
        ]}
        onchange={(value) => moveTo(value === QUEUE ? undefined : value)}
      />
    </div>
  );
}
