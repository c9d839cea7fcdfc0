/**
 * The open conversation: whose it is and how it stands, what has been said, and where to write.
 */
import { useEffect, useRef } from 'preact/hooks';
import type { StopReason } from '@client/connection.js';
import type { ConversationClient } from '@client/conversation.js';
import type { User } from '@wire';
import { routeAddress, type Route } from '../route.ts';
import type { Session } from '../session/session.ts';
import { useSource } from '../ui/use-source.ts';
import { Composer } from './composer.tsx';
import { ConversationHeader } from './conversation-header.tsx';
import { isAboutConversation } from './open-conversations.ts';
import { Timeline } from './timeline.tsx';
import { TypingLine } from './typing-line.tsx';
import { useConversationUpdate } from './update.ts';

/** Why a conversation is not shown, in words. */
const NONE = ['There is no such conversation', 'Its address may be mistyped, or it may have been deleted.'];
const REFUSALS: Partial<Record<StopReason, string[]>> = {
  forbidden: ['This conversation is not open to you', 'Ask an admin if it should be.'],
  history_lost: [
    'Part of this conversation is missing',
    'The document store has lost some of its messages. An admin can restore them from a backup; then it opens again.',
  ],
};

interface Props {
  id: string;
  client: ConversationClient;
  session: Session;
  user: User;
  route: Route;
}

export function ConversationPane({ id, client, session, user, route }: Props) {
  const state = useSource(client);
  const pane = useRef<HTMLElement>(null);
  const update = useConversationUpdate(id, session);
  const { connection, conversation } = state;

  // Opened from the list, the conversation is where the reading goes on.
  useEffect(() => pane.current?.focus(), []);

  if (connection.name === 'stopped' && isAboutConversation(connection.reason)) {
    const [title, text] = REFUSALS[connection.reason] ?? NONE;
    return (
      <section class="conversation" aria-label="Conversation">
        <div class="empty" role="alert">
          <h2>{title}</h2>
          <p>{text}</p>
          <a class="button" href={routeAddress({ ...route, conversationId: undefined })}>
            Back to the list
          </a>
        </div>
      </section>
    );
  }
  return (
    <section
      class="conversation"
      ref={pane}
      tabIndex={-1}
      aria-label={conversation ? `Conversation with ${conversation.visitor.name}` : 'Conversation'}
    >
      <ConversationHeader state={state} user={user} route={route} update={update} />
      <Timeline client={client} state={state} user={user} limit={client.messageCharacters} />
      <TypingLine typing={state.typing} />
      {conversation?.status === 'closed' ? (
        <div class="composer-closed">
          <p>This conversation is closed. To write, reopen it.</p>
          <button type="button" class="button" aria-disabled={update.busy} onClick={() => update.send({ status: 'open' })}>
            Reopen
          </button>
        </div>
      ) : (
        <Composer
          owner={{ userId: user.id, conversationId: id }}
          limit={client.messageCharacters}
          onsend={(text, kind) => client.send(text, kind)}
          ontyping={(active) => client.typing(active)}
        />
      )}
    </section>
  );
}
