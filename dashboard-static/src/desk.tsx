/**
 * Where an agent works: the top bar, the list of conversations and the open one. On a narrow screen the list and the
 * conversation are two pages; on a wide one they stand side by side.
 */
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { InboxClient } from '@client/inbox.js';
import type { User } from '@wire';
import { ConnectionStatus, worst } from './connection-status.tsx';
import { ConversationPane } from './conversation/conversation-pane.tsx';
import { OpenConversations } from './conversation/open-conversations.ts';
import { InboxPane } from './inbox/inbox-pane.tsx';
import { useRoute } from './route.ts';
import type { Session } from './session/session.ts';
import { explain } from './ui/explain.ts';
import { Icon } from './ui/icon.tsx';
import { Logo } from './ui/logo.tsx';
import { useSource } from './ui/use-source.ts';

export function Desk({ session, user }: { session: Session; user: User }) {
  const route = useRoute();
  const [inbox] = useState(() => new InboxClient({ token: session.token }));
  const [conversations] = useState(() => new OpenConversations(session.token, user));
  const { connection, unread } = useSource(inbox);
  const { shown, connection: room } = useSource(conversations);

  useEffect(() => {
    inbox.open();
    return () => {
      inbox.close();
      conversations.close();
    };
  }, [inbox, conversations]);
  // Before anything is painted: what was open must not flash up under the next one's address.
  useLayoutEffect(() => conversations.show(route.conversationId), [conversations, route.conversationId]);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Inbox · Voxora` : 'Inbox · Voxora';
  }, [unread]);

  return (
    <div class={route.conversationId === undefined ? 'desk desk-list' : 'desk desk-conversation'}>
      <header class="top-bar">
        <Logo />
        <ConnectionStatus
          state={worst(room ? [connection, room] : [connection])}
          onretry={() => {
            inbox.reconnect();
            conversations.reconnect();
          }}
        />
        <SignOut session={session} user={user} />
      </header>
      <main class="panes">
        <h1 class="hidden-label">Inbox</h1>
        <InboxPane inbox={inbox} user={user} route={route} />
        {shown ? (
          <ConversationPane key={shown.id} id={shown.id} client={shown.client} session={session} user={user} route={route} />
        ) : (
          <section class="conversation" aria-label="Conversation">
            <div class="empty">
              <h2>No conversation is open</h2>
              <p>Choose one from the list.</p>
              <p class="empty-keys">
                <kbd>j</kbd> <kbd>k</kbd> to move, <kbd>Enter</kbd> to open, <kbd>Esc</kbd> to go back, <kbd>r</kbd> to reply,{' '}
                <kbd>n</kbd> to write a note
              </p>
            </div>
          </section>
        )}
      </main>
    </div>
  );
}

function SignOut({ session, user }: { session: Session; user: User }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const signOut = async () => {
    if (busy) {
      return;
    }
    setBusy(true);
    try {
      await session.signOut();
    } catch (failure) {
      setError(`You are still signed in. ${explain(failure)}`);
      setBusy(false);
    }
  };
  return (
    <div class="account">
      <span class="account-name" dir="auto" title={user.email}>
        {user.name}
      </span>
      <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" onClick={signOut}>
        <Icon name="signOut" />
      </button>
      <div role="alert" class="account-error">
        {error !== undefined && <p class="notice notice-bad">{error}</p>}
      </div>
    </div>
  );
}
