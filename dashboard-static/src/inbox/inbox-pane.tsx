/**
 * The list of conversations: which ones, in live order, how many wait to be read. With the keyboard: j and k (or the
 * arrow keys within the list) move, Enter opens, Escape comes back from a conversation to its place in the list.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { InboxClient } from '@client/inbox.js';
import type { User } from '@wire';
import { STATUS_NAMES, navigate, routeAddress, type Route } from '../route.ts';
import { explain } from '../ui/explain.ts';
import { isCommand } from '../ui/keyboard.ts';
import { LoadMore } from '../ui/load-more.tsx';
import { useSource } from '../ui/use-source.ts';
import { useNow } from '../ui/time.ts';
import { ConversationRow } from './conversation-row.tsx';
import { EmptyList } from './empty-list.tsx';
import { StatusFilter } from './status-filter.tsx';

interface Props {
  inbox: InboxClient;
  user: User;
  route: Route;
}

export function InboxPane({ inbox, user, route }: Props) {
  const state = useSource(inbox);
  const now = useNow(30_000);
  const list = state.list(route.filter);
  const { conversations } = list;
  const rows = useRef<HTMLUListElement>(null);
  const [lastFocused, setLastFocused] = useState<string>();

  const isHere = (id: string | undefined) => conversations.some((conversation) => conversation.id === id);
  const reachable = [lastFocused, route.conversationId].find(isHere) ?? conversations[0]?.id;

  useEffect(() => {
    if (!list.loaded && !list.loadingMore) {
      void inbox.loadMore(route.filter);
    }
  }, [inbox, route.filter]);

  const focusRow = (id: string | undefined) => {
    rows.current?.querySelector<HTMLElement>(`[data-conversation="${id}"]`)?.focus();
  };

  // Moving a row within the document takes the focus from it, and a row must not lose it by going to the top.
  const focused = focusedRow(rows.current);
  useLayoutEffect(() => {
    if (focused !== undefined && document.activeElement === document.body) {
      focusRow(focused);
    }
  });

  const opened = useRef(route.conversationId);
  useEffect(() => {
    if (route.conversationId === undefined && document.activeElement === document.body) {
      focusRow(opened.current);
    }
    opened.current = route.conversationId;
  }, [route.conversationId]);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && isCommand(event, { inText: true }) && route.conversationId !== undefined) {
        event.preventDefault();
        navigate({ ...route, conversationId: undefined });
        focusRow(route.conversationId);
        return;
      }
      // Keys may come faster than renderings: where the focus is, the document knows best.
      const current = focusedRow(rows.current);
      const inList = current !== undefined;
      const step =
        event.key === 'j' || (inList && event.key === 'ArrowDown')
          ? 1
          : event.key === 'k' || (inList && event.key === 'ArrowUp')
            ? -1
            : 0;
      if (step !== 0 && isCommand(event)) {
        event.preventDefault();
        const from = conversations.findIndex(({ id }) => id === (current ?? reachable));
        focusRow(conversations[inList ? from + step : Math.max(from, 0)]?.id);
      }
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  });

  const name = route.filter === 'all' ? 'All conversations' : `${STATUS_NAMES[route.filter]} conversations`;
  return (
    <section class="inbox" aria-label="Inbox">
      <StatusFilter route={route} />
      <div class="inbox-scroll" aria-busy={list.loadingMore}>
        {conversations.length > 0 && (
          <ul class="rows" ref={rows} aria-label={name}>
            {conversations.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                user={user}
                address={routeAddress({ ...route, conversationId: conversation.id })}
                now={now}
                open={conversation.id === route.conversationId}
                reachable={conversation.id === reachable}
                showStatus={route.filter === 'all'}
                onfocus={() => setLastFocused(conversation.id)}
              />
            ))}
          </ul>
        )}
        {list.loaded && !list.hasMore && conversations.length === 0 && <EmptyList inbox={inbox} filter={route.filter} />}
        {list.error !== undefined ? (
          <div class="load-more" role="alert">
            <p>
              {conversations.length > 0 ? 'Older conversations' : 'The conversations'} could not be loaded. {explain(list.error)}
            </p>
            <button type="button" class="button" onClick={() => void inbox.loadMore(route.filter)}>
              Try again
            </button>
          </div>
        ) : !list.loaded ? (
          <Skeleton />
        ) : (
          list.hasMore && (
            <LoadMore
              key={route.filter}
              label="Load older conversations"
              busy={list.loadingMore}
              onload={() => void inbox.loadMore(route.filter)}
            />
          )
        )}
      </div>
    </section>
  );
}

/** The conversation whose row has the focus. */
function focusedRow(rows: HTMLElement | null): string | undefined {
  const { activeElement } = document;
  return activeElement instanceof HTMLElement && rows?.contains(activeElement)
    ? activeElement.dataset['conversation']
    : undefined;
}

function Skeleton() {
  return (
    <div role="status">
      <span class="hidden-label">Loading the conversations…</span>
      {Array.from({ length: 6 }, (_, index) => (
        <div class="row" key={index} aria-hidden="true">
          <span class="avatar skeleton" />
          <span class="row-main">
            <span class="skeleton skeleton-name" />
            <span class="skeleton skeleton-preview" />
          </span>
        </div>
      ))}
    </div>
  );
}
