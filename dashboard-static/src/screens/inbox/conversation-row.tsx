import { withoutMarks } from '@client/markdown.js';
import { exactTime } from '@client/time.js';
import type { Attending, ConversationSummary, Priority } from '@wire';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { strings as ui } from '../../strings/ui.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { ColourDot } from '../../ui/listbox.tsx';
import { Name } from '../../ui/name.tsx';
import { nameOf } from '../../ui/name-of.ts';
import { shortTime } from '../../ui/time.ts';
import { attentionFacts } from './claim-banner.tsx';
import { hasDraft } from './drafts.ts';
import { Waiting } from './waiting.tsx';
import { waitOf } from './waits.ts';

interface Props {
  conversation: ConversationSummary;
  /** Who else looks at it. */
  attention: readonly Attending[];
  address: string;
  now: number;
  open: boolean;
  /** Whether Tab reaches this row; the others are reached from it. */
  reachable: boolean;
  showStatus: boolean;
  onfocus(): void;
  onopen(): void;
}

const TONES = { open: 'accent', pending: 'warning', snoozed: 'neutral', resolved: 'good', closed: 'neutral' } as const satisfies Record<string, Tone>;

/** More than these do not fit. */
const MOST_LOOKING = 2;

const PRIORITY_ICONS: Partial<Record<Priority, IconName>> = { low: 'down', high: 'up', urgent: 'urgent' };

export function ConversationRow({ conversation, attention, address, now, open, reachable, showStatus, onfocus, onopen }: Props) {
  const { user, tags } = useDesk();
  const { visitor, lastMessage, unread, assignee, status, updatedAt, priority = 'normal', tags: tagged = [] } = conversation;
  const wait = waitOf(conversation, now);
  const mark = PRIORITY_ICONS[priority];
  const mine = assignee?.id === user.id;
  const named = tagged.flatMap((id) => tags.get(id) ?? []);
  return (
    <li>
      <a
        class={unread > 0 ? 'row row-unread' : 'row'}
        href={address}
        data-conversation={conversation.id}
        tabIndex={reachable ? 0 : -1}
        {...(open && { 'aria-current': 'page' as const })}
        onFocus={onfocus}
        onClick={onopen}
      >
        <Avatar actor={visitor} />
        <span class="row-main">
          <span class="row-line">
            {mark && (
              <span class={priority === 'low' ? 'row-mark' : 'row-mark row-late'} title={strings.priorityOf(strings.priorities[priority])}>
                <Icon name={mark} />
                <span class="hidden-label">{strings.priorityOf(strings.priorities[priority])}</span>
              </span>
            )}
            <span class="row-name" dir="auto">
              {nameOf(visitor)}
            </span>
            <span class="row-tags">
              {named.map(({ id, name, color }) => (
                <span key={id} class="row-tag">
                  <ColourDot colour={color} />
                  <bdi>{name}</bdi>
                </span>
              ))}
            </span>
            {wait ? (
              <Waiting wait={wait} now={now} timeZone={user.timeZone} />
            ) : (
              <time class="row-time" dateTime={new Date(updatedAt).toISOString()} title={exactTime(updatedAt)}>
                {shortTime(updatedAt, now)}
              </time>
            )}
          </span>
          <span class="row-line">
            {!open && hasDraft({ userId: user.id, conversationId: conversation.id }) && (
              <span class="row-draft">{strings.draft}</span>
            )}
            <span class="row-preview" dir="auto">
              {lastMessage === null ? (
                strings.messageDeleted
              ) : (
                <>
                  {lastMessage.actor.kind !== 'visitor' && (
                    <span class="row-author">
                      {lastMessage.actor.id === user.id ? strings.you : <Name>{lastMessage.actor.name}</Name>}:{' '}
                    </span>
                  )}
                  <bdi>{withoutMarks(lastMessage.preview)}</bdi>
                </>
              )}
            </span>
            {/* Open is what a conversation is unless something else is said. */}
            {showStatus && status !== 'open' && <Badge tone={TONES[status]}>{strings.statuses[status]}</Badge>}
            {attention.slice(0, MOST_LOOKING).map((person) => {
              const [words] = attentionFacts([person]);
              return (
                <span key={person.id} class={person.replying ? 'row-looks row-replies' : 'row-looks'} title={words}>
                  <Icon name={person.replying ? 'edit' : 'looks'} />
                  <Avatar actor={person} size="small" />
                  <span class="hidden-label">{words}</span>
                </span>
              );
            })}
            {assignee && (
              <span class="row-assignee" title={mine ? strings.assignedToYou : `${strings.assignedTo} ${assignee.name}`}>
                <Avatar actor={assignee} size="small" />
                <span class="hidden-label">
                  {mine ? (
                    strings.assignedToYou
                  ) : (
                    <>
                      {strings.assignedTo} <Name>{assignee.name}</Name>
                    </>
                  )}
                </span>
              </span>
            )}
            {unread > 0 && (
              <span class="row-dot">
                <span class="hidden-label">{ui.unread(unread)}</span>
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  );
}
