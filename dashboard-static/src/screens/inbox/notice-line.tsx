import type { Notice } from '@client/event-log.js';
import { clockTime, exactTime } from '@client/time.js';
import type { User } from '@wire';
import type { ComponentChildren } from 'preact';
import { strings } from '../../strings/notices.ts';
import { strings as inbox } from '../../strings/inbox.ts';
import { Name } from '../../ui/name.tsx';
import { nameOf } from '../../ui/name-of.ts';

/** A quiet line that says what happened to the conversation itself. */
export function NoticeLine({ notice, user }: { notice: Notice; user: User }) {
  return (
    <li class="notice-line">
      {sentence(notice, user)}{' '}
      <time dateTime={new Date(notice.at).toISOString()} title={exactTime(notice.at)}>
        {clockTime(notice.at)}
      </time>
    </li>
  );
}

function sentence(notice: Notice, user: User): ComponentChildren {
  const { actor } = notice;
  const isMe = actor.id === user.id;
  const who = isMe ? strings.you : <Name>{nameOf(actor)}</Name>;
  switch (notice.kind) {
    case 'status_changed':
      return [who, strings.setStatus[notice.payload.status]];
    case 'priority_changed':
      return [who, strings.setPriority[notice.payload.priority]];
    case 'target_missed':
      return strings.missed[notice.payload.target];
    case 'tagged':
      return [who, strings.tagged, <Name>{notice.payload.tag.name}</Name>, strings.stop];
    case 'untagged':
      return [who, strings.untagged, <Name>{notice.payload.tag.name || inbox.goneTag}</Name>, strings.stop];
    case 'moved': {
      const { department } = notice.payload;
      return department ? [who, strings.moved, <Name>{department.name}</Name>, strings.stop] : [who, strings.toQueue];
    }
    case 'assigned': {
      const { assignee } = notice.payload;
      if (assignee === null) {
        return [who, strings.unassigned];
      }
      if (assignee.id === actor.id) {
        return [who, strings.took];
      }
      return [who, strings.assigned, assignee.id === user.id ? strings.toYou : <Name>{assignee.name}</Name>, strings.stop];
    }
  }
}
