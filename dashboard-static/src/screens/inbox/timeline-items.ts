/**
 * What stands in a conversation, line by line, made from its messages and notices: in the order of their `seq`, a line
 * between days, one before what is new, and messages of one person in a row grouped under one name.
 */
import type { ConversationState, ShownMessage } from '@client/conversation.js';
import type { Notice } from '@client/event-log.js';
import { isSameTurn } from '@client/grouping.js';
import { sameDay } from '@client/time.js';

export type TimelineItem =
  | { type: 'day'; key: string; at: number }
  | { type: 'new'; key: string }
  | { type: 'notice'; key: string; notice: Notice }
  | { type: 'message'; key: string; message: ShownMessage; startsGroup: boolean; seen: boolean };

/** `newAfter`: the `seq` up to which the team had read when the conversation was opened, if there was more. */
export function timelineItems(
  { messages, notices, read }: Pick<ConversationState, 'messages' | 'notices' | 'read'>,
  newAfter: number | undefined,
): TimelineItem[] {
  const lastSeen = messages.findLast(
    ({ actor, kind, seq, deletedAt }) =>
      actor.kind !== 'visitor' && kind === 'message' && seq !== undefined && seq <= read.visitor && deletedAt === undefined,
  );
  const items: TimelineItem[] = [];
  let at = -Infinity;
  let before: ShownMessage | undefined;
  let newIsMarked = newAfter === undefined;
  const beginDay = (next: number) => {
    if (!sameDay(at, next)) {
      items.push({ type: 'day', key: `day ${new Date(next).toDateString()}`, at: next });
      before = undefined;
    }
    at = next;
  };
  const addNotice = (notice: Notice) => {
    beginDay(notice.at);
    items.push({ type: 'notice', key: `notice ${notice.seq}`, notice });
    before = undefined;
  };

  let next = 0;
  for (const message of messages) {
    for (let notice = notices[next]; notice && notice.seq < (message.seq ?? Infinity); notice = notices[next]) {
      addNotice(notice);
      next += 1;
    }
    beginDay(message.at);
    if (!newIsMarked && message.actor.kind === 'visitor' && (message.seq ?? 0) > (newAfter ?? 0)) {
      items.push({ type: 'new', key: 'new' });
      newIsMarked = true;
      before = undefined;
    }
    const startsGroup = !isSameTurn(before, message);
    items.push({ type: 'message', key: message.key, message, startsGroup, seen: message === lastSeen });
    before = message;
  }
  notices.slice(next).forEach(addNotice);
  return items;
}
