/**
 * The list of conversations: which ones, in live order, how many wait to be read. Arrow keys move in it; who comes back
 * from a conversation is at its row again.
 */
import type { Filter, InboxList } from '@client/inbox.js';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { Button } from '../../ui/button.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { useNow } from '../../ui/time.ts';
import { useMoves } from '../../ui/use-moves.ts';
import { useSource } from '../../ui/use-source.ts';
import { ConversationRow } from './conversation-row.tsx';
import { ListFilter } from './list-filter.tsx';
import { routeAddress, type Route } from './route.ts';

const NOBODY = [] as const;

interface Props {
  list: InboxList;
  filter: Filter;
  route: Route;
  /** What there is to say of a list without any. */
  empty: ComponentChildren;
  /** Called when a row is pressed, before its address is gone to. */
  onopen(): void;
}

export function InboxPane({ list, filter, route, empty, onopen }: Props) {
  const { inbox } = useDesk();
  const { attention, connection } = useSource(inbox);
  const now = useNow(15_000);
  const { conversations } = list;
  const rows = useRef<HTMLUListElement>(null);
  const [lastFocused, setLastFocused] = useState<string>();
  useMoves(
    rows,
    conversations.map(({ id }) => id),
  );

  const isHere = (id: string | undefined) => conversations.some((conversation) => conversation.id === id);
  const reachable = [lastFocused, route.conversationId].find(isHere) ?? conversations[0]?.id;

  useEffect(() => {
    if (!list.loaded && !list.loadingMore) {
      void inbox.loadMore(filter);
    }
  }, [inbox, route.view, route.status, route.department, route.tag]);

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

  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    // Keys may come faster than renderings: where the focus is, the document knows best.
    const from = conversations.findIndex(({ id }) => id === focusedRow(rows.current));
    if (step !== 0 && from >= 0) {
      event.preventDefault();
      focusRow(conversations[from + step]?.id);
    }
  };

  return (
    <section class="inbox" aria-label={strings.inbox}>
      <ListFilter route={route} />
      <div class="inbox-scroll" aria-busy={list.loadingMore}>
        {conversations.length > 0 && (
          <ul class="rows" ref={rows} aria-label={strings.listName(strings.statuses[route.status], strings.views[route.view ?? 'all'])} onKeyDown={onKeyDown}>
            {conversations.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                // Whoever is not connected knows nothing of who looks.
                attention={connection.name === 'live' ? attention(conversation.id) : NOBODY}
                address={routeAddress({ ...route, conversationId: conversation.id })}
                now={now}
                open={conversation.id === route.conversationId}
                reachable={conversation.id === reachable}
                showStatus={route.status === 'all'}
                onfocus={() => setLastFocused(conversation.id)}
                onopen={onopen}
              />
            ))}
          </ul>
        )}
        {list.loaded && !list.hasMore && conversations.length === 0 && empty}
        {list.error !== undefined ? (
          <div class="load-more" role="alert">
            <p>
              {list.loaded ? strings.olderFailed : strings.listFailed} {explain(list.error)}
              {!list.loaded && conversations.length > 0 && ` ${strings.newestOnly}`}
            </p>
            <Button onClick={() => void inbox.loadMore(filter)}>{strings.tryAgain}</Button>
          </div>
        ) : !list.loaded ? (
          <Skeletons label={strings.loadingList}>
            {Array.from({ length: 6 }, (_, index) => (
              <div class="row" key={index}>
                <Skeleton round />
                <span class="row-main">
                  <Skeleton width={45} />
                  <Skeleton width={80} />
                </span>
              </div>
            ))}
          </Skeletons>
        ) : (
          list.hasMore && (
            <LoadMore
              key={`${route.view} ${route.status} ${route.department} ${route.tag}`}
              label={strings.loadOlder}
              busy={list.loadingMore}
              onload={() => void inbox.loadMore(filter)}
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
