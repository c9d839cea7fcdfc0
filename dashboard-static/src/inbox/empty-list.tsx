import { useEffect } from 'preact/hooks';
import type { Filter, InboxClient } from '@client/inbox.js';
import { STATUS_NAMES } from '../route.ts';
import { useSource } from '../ui/use-source.ts';

/** Says why a list is empty: because nobody has written yet, or because this one has nothing in it. */
export function EmptyList({ inbox, filter }: { inbox: InboxClient; filter: Filter }) {
  const everything = useSource(inbox).list('all');
  useEffect(() => {
    if (!everything.loaded) {
      void inbox.loadMore('all');
    }
  }, [inbox]);
  if (!everything.loaded) {
    return null;
  }
  if (everything.conversations.length === 0) {
    return (
      <div class="empty">
        <h2>No conversations yet</h2>
        <p>They appear here as soon as a visitor writes.</p>
        <a class="button" href="/demo/" target="_blank" rel="noopener">
          Open the demo shop to start one
        </a>
      </div>
    );
  }
  return (
    <div class="empty">
      <h2>No {STATUS_NAMES[filter].toLowerCase()} conversations</h2>
      <p>{filter === 'open' ? 'All caught up. New ones appear here as soon as a visitor writes.' : 'There is nothing here now.'}</p>
    </div>
  );
}
