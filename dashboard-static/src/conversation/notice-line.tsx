import type { Notice } from '@client/event-log.js';
import type { User } from '@wire';
import { STATUS_NAMES } from '../route.ts';
import { clockTime, exactTime } from '@client/time.js';

/** A quiet line that says what happened to the conversation itself. */
export function NoticeLine({ notice, user }: { notice: Notice; user: User }) {
  return (
    <li class="notice-line">
      {words(notice, user)}{' '}
      <time dateTime={new Date(notice.at).toISOString()} title={exactTime(notice.at)}>
        {clockTime(notice.at)}
      </time>
    </li>
  );
}

function words(notice: Notice, user: User): string {
  const { actor } = notice;
  const isMe = actor.id === user.id;
  const who = isMe ? 'You' : actor.name;
  if (notice.kind === 'status_changed') {
    return `${who} set the status to ${STATUS_NAMES[notice.payload.status]}.`;
  }
  const { assignee } = notice.payload;
  if (assignee === null) {
    return `${who} took away the assignment.`;
  }
  if (assignee.id === actor.id) {
    return isMe ? 'You took this conversation.' : `${who} took this conversation.`;
  }
  return `${who} assigned this conversation to ${assignee.id === user.id ? 'you' : assignee.name}.`;
}
