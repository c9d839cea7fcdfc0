import { useEffect } from 'preact/hooks';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { Empty } from '../../ui/empty.tsx';
import { useSource } from '../../ui/use-source.ts';
import type { Route } from './route.ts';

const EVERYTHING = { status: 'all' } as const;

/** Says why a list is empty: because nobody has written yet, or because this one has nothing in it. */
export function EmptyList({ route }: { route: Route }) {
  const { inbox } = useDesk();
  const everything = useSource(inbox).list(EVERYTHING);
  useEffect(() => {
    if (!everything.loaded) {
      void inbox.loadMore(EVERYTHING);
    }
  }, [inbox]);
  if (!everything.loaded) {
    return null;
  }
  if (everything.conversations.length === 0) {
    return (
      <Empty icon="inbox" title={strings.noneYet}>
        <p>{strings.noneYetExplanation}</p>
        <a class="button button-secondary button-normal" href="/demo/" target="_blank" rel="noopener">
          {strings.demo}
        </a>
      </Empty>
    );
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
