import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { reachOf } from '../../data/permissions.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { Copyable } from '../../ui/copyable.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Spinner } from '../../ui/progress.tsx';
import { useSource } from '../../ui/use-source.ts';
import { QUEUE, type Route } from './route.ts';

export const EVERYTHING = { status: 'all' } as const;

/**
 * Says why a list is empty: because nobody has written yet, or because this one has nothing in it. `children`: what a
 * team does first, in place of how the chat comes onto a site; nothing, where that stands elsewhere.
 */
export function EmptyList({ route, children }: { route: Route; children?: ComponentChildren }) {
  const desk = useDesk();
  const { inbox } = desk;
  const everything = useSource(inbox).list(EVERYTHING);
  useEffect(() => {
    if (!everything.loaded) {
      void inbox.loadMore(EVERYTHING);
    }
  }, [inbox]);
  if (!everything.loaded) {
    return null;
  }
  if (everything.conversations.length === 0 && reachOf(desk.permissions, 'read_conversations') !== 'all') {
    return (
      <>
        <Empty icon="inbox" title={strings.noneForYou}>
          <p>{strings.noneForYouExplanation}</p>
        </Empty>
        {children}
      </>
    );
  }
  if (everything.conversations.length === 0) {
    return (
      <>
        <Empty icon="inbox" title={strings.noneYet}>
          <p>{children ? strings.noneYetExplanation : strings.noneYetPutLine}</p>
          {!children && <Embedding />}
        </Empty>
        {children}
      </>
    );
  }
  if (route.view !== undefined && route.status === 'open' && route.tag === undefined) {
    return route.view === 'mine' ? (
      <Empty icon="person" title={strings.noneMine}>
        <p>{strings.noneMineExplanation}</p>
      </Empty>
    ) : (
      <Empty icon="resolve" title={strings.noneUnassigned}>
        <p>{strings.noneUnassignedExplanation}</p>
      </Empty>
    );
  }
  if (route.department !== undefined) {
    return <Empty icon="department" title={route.department === QUEUE ? strings.noneInQueue : strings.noneThere} />;
  }
  if (route.tag !== undefined) {
    return <Empty icon="tag" title={strings.noneTagged} />;
  }
  return (
    <Empty icon="resolve" title={strings.none(route.status === 'all' ? '' : strings.statuses[route.status])}>
      <p>{route.status === 'open' ? strings.caughtUp : strings.nothingHere}</p>
    </Empty>
  );
}

/** How the chat comes onto a site, while nobody has written. */
export function Embedding() {
  return (
    <>
      <Copyable label={strings.widgetTag} text={`<script src="${location.origin}/widget.js" async></script>`} />
      <p class="empty-waiting">
        <Spinner /> {strings.waitingForFirst}
      </p>
      <a class="button button-secondary button-normal" href="/demo/" target="_blank" rel="noopener">
        {strings.demo}
      </a>
    </>
  );
}
