import { exactTime } from '@client/time.js';
import type { ConversationSummary, User } from '@wire';
import { Avatar } from '../ui/avatar.tsx';
import { STATUS_NAMES } from '../route.ts';
import { shortTime } from '../ui/time.ts';

interface Props {
  conversation: ConversationSummary;
  user: User;
  address: string;
  now: number;
  open: boolean;
  /** Whether Tab reaches this row; the others are reached from it. */
  reachable: boolean;
  showStatus: boolean;
  onfocus(): void;
}

export function ConversationRow({ conversation, user, address, now, open, reachable, showStatus, onfocus }: Props) {
  const { visitor, lastMessage, unread, assignee, status, updatedAt } = conversation;
  const mine = assignee?.id === user.id;
  return (
    <li>
      <a
        class={unread > 0 ? 'row row-unread' : 'row'}
        href={address}
        data-conversation={conversation.id}
        tabIndex={reachable ? 0 : -1}
        {...(open && { 'aria-current': 'page' })}
        onFocus={onfocus}
      >
        <Avatar actor={visitor} />
        <span class="row-main">
          <span class="row-line">
            <span class="row-name" dir="auto">
              {visitor.name}
            </span>
            <time class="row-time" dateTime={new Date(updatedAt).toISOString()} title={exactTime(updatedAt)}>
              {shortTime(updatedAt, now)}
            </time>
          </span>
          <span class="row-line">
            <span class="row-preview" dir="auto">
              {lastMessage === null ? (
                'Message deleted'
              ) : (
                <>
                  {lastMessage.actor.kind !== 'visitor' && (
                    <span class="row-author">{lastMessage.actor.id === user.id ? 'You' : lastMessage.actor.name}: </span>
                  )}
                  {lastMessage.preview}
                </>
              )}
            </span>
            {unread > 0 && (
              <span class="count">
                {unread > 99 ? '99+' : unread}
                <span class="hidden-label"> unread</span>
              </span>
            )}
          </span>
          {(showStatus || assignee) && (
            <span class="row-line row-facts">
              {showStatus && <span class={`tag tag-${status}`}>{STATUS_NAMES[status]}</span>}
              {assignee && <span class="row-assignee">{mine ? 'Assigned to you' : `Assigned to ${assignee.name}`}</span>}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
