/**
 * Of visitors' new messages, those that somebody wants to be told of, and by what: their own choice, and whether they look
 * at the dashboard just now, in whatever tab.
 */
import type { ConversationSummary, User } from '@wire';

/** What each tab that is looked at shows: a conversation, or none. */
export type Looking = readonly (string | undefined)[];

export interface News {
  /** What is to be told of on the desktop. */
  told: readonly ConversationSummary[];
  /** Whether there is something to be heard. */
  heard: boolean;
}

/** Whether somebody wants to be told of a conversation. */
export function concerns({ id, notifications }: Pick<User, 'id' | 'notifications'>, { assignee }: Pick<ConversationSummary, 'assignee'>): boolean {
  return notifications.desktop === 'all' || (notifications.desktop === 'mine' && assignee?.id === id);
}

/**
 * What to make of new messages. Who looks at the dashboard sees them come, and hears of those that are not in front of them;
 * nothing is said of what is being read.
 */
export function newsOf(user: Pick<User, 'id' | 'notifications'>, arrived: readonly ConversationSummary[], looking: Looking): News {
  const unseen = arrived.filter((conversation) => concerns(user, conversation) && !looking.includes(conversation.id));
  return { told: looking.length > 0 ? [] : unseen, heard: user.notifications.sound && unseen.length > 0 };
}
