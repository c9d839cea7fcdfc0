import type { ConversationState } from '@client/conversation.js';
import type { ConversationStatus, User } from '@wire';
import { STATUSES, STATUS_NAMES, routeAddress, type Route } from '../route.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Icon } from '../ui/icon.tsx';
import type { ConversationUpdate } from './update.ts';

interface Props {
  state: ConversationState;
  user: User;
  route: Route;
  update: ConversationUpdate;
}

/** Whom the conversation is with, who is here, its status and whose it is. */
export function ConversationHeader({ state, user, route, update }: Props) {
  const { conversation, present, connection } = state;
  const assignee = conversation?.assignee;
  const mine = assignee?.id === user.id;
  const assignment = assignee ? `Assigned to ${mine ? 'you' : assignee.name}` : 'Not assigned';
  return (
    <>
      <header class="conversation-header">
        <a
          class="icon-button conversation-back"
          href={routeAddress({ ...route, conversationId: undefined })}
          aria-label="Back to the list"
        >
          <Icon name="back" />
        </a>
        {conversation && (
          <>
            <Avatar actor={conversation.visitor} />
            <div class="conversation-who">
              <h2 dir="auto">{conversation.visitor.name}</h2>
              <p>{[...(connection.name === 'live' ? presence(present, user) : []), assignment].join(' · ')}</p>
            </div>
            <div class="conversation-controls">
              <button
                type="button"
                class="button"
                aria-disabled={update.busy}
                onClick={() => update.send({ assigneeId: mine ? null : user.id })}
              >
                {mine ? 'Unassign' : 'Assign to me'}
              </button>
              <select
                class="select"
                aria-label="Status"
                value={conversation.status}
                onChange={(event) => {
                  const status = event.currentTarget.value as ConversationStatus;
                  // The room decides; until it has, what it last said is shown.
                  event.currentTarget.value = conversation.status;
                  update.send({ status });
                }}
              >
                {STATUSES.map((status) => (
                  <option key={status} value={status}>
                    {STATUS_NAMES[status]}
                  </option>
                ))}
              </select>
            </div>
          </>
        )}
      </header>
      <div role="alert">{update.error !== undefined && <p class="notice notice-bad">{update.error}</p>}</div>
    </>
  );
}

/** Who else is here: the visitor, and the colleagues who might be answering at this very moment. */
function presence(present: ConversationState['present'], user: User): string[] {
  const visitor = present.some(({ kind }) => kind === 'visitor') ? 'In the chat now' : 'Not in the chat now';
  const colleagues = present.filter(({ kind, id }) => kind === 'agent' && id !== user.id).map(({ name }) => name);
  return colleagues.length === 0 ? [visitor] : [visitor, `${new Intl.ListFormat('en').format(colleagues)} also here`];
}
