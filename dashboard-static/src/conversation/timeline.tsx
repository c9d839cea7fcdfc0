/**
 * The conversation so far. Keeps the reader's place: at the end it stays at the end, anywhere else what they read stays
 * where it is, whatever comes before or after it.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ConversationClient, ConversationState } from '@client/conversation.js';
import { dayName } from '@client/time.js';
import type { User } from '@wire';
import { Icon } from '../ui/icon.tsx';
import { LoadMore } from '../ui/load-more.tsx';
import { useNow } from '../ui/time.ts';
import { Message } from './message.tsx';
import { NoticeLine } from './notice-line.tsx';
import { timelineItems } from './timeline-items.ts';

interface Props {
  client: ConversationClient;
  state: ConversationState;
  user: User;
  limit: number;
}

/** How far from the end still counts as there, in pixels: a line of text. */
const END = 24;

export function Timeline({ client, state, user, limit }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  const before = useRef({ oldest: Infinity, height: 0 });
  /** The last `seq` that was here when the reader left the end. */
  const [leftAt, setLeftAt] = useState<number>();
  const newAfter = useNewAfter(state);
  const now = useNow(60_000);
  const { messages, notices, conversation, caughtUp, connection } = state;
  const items = timelineItems(state, newAfter);
  const newest = messages.findLast(({ seq }) => seq !== undefined)?.seq ?? 0;
  const oldest = Math.min(messages[0]?.seq ?? Infinity, notices[0]?.seq ?? Infinity);
  const missed = leftAt === undefined ? 0 : messages.filter(({ seq, mine }) => !mine && (seq ?? 0) > leftAt).length;

  const toEnd = () => {
    const { current } = scroller;
    if (current) {
      current.scrollTop = current.scrollHeight;
    }
  };

  const sent = messages.filter(({ seq }) => seq === undefined).at(-1)?.key;
  useLayoutEffect(() => {
    // Whoever writes wants to see it.
    atEnd.current ||= sent !== undefined;
  }, [sent]);

  useLayoutEffect(() => {
    const { current } = scroller;
    if (current) {
      if (atEnd.current) {
        toEnd();
      } else if (oldest < before.current.oldest) {
        current.scrollTop += current.scrollHeight - before.current.height;
      }
      before.current = { oldest, height: current.scrollHeight };
    }
  });

  useEffect(() => {
    if (!scroller.current || !content.current) {
      return undefined;
    }
    const observer = new ResizeObserver(() => atEnd.current && toEnd());
    observer.observe(scroller.current);
    observer.observe(content.current);
    return () => observer.disconnect();
  }, []);

  const markRead = () => {
    if (state.unread > 0 && caughtUp && atEnd.current && document.visibilityState === 'visible' && document.hasFocus()) {
      client.markRead();
    }
  };
  useEffect(() => {
    markRead();
    addEventListener('focus', markRead);
    document.addEventListener('visibilitychange', markRead);
    return () => {
      removeEventListener('focus', markRead);
      document.removeEventListener('visibilitychange', markRead);
    };
  });

  const onScroll = () => {
    const { current } = scroller;
    if (current) {
      atEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < END;
      setLeftAt((known) => (atEnd.current ? undefined : (known ?? newest)));
      markRead();
    }
  };

  return (
    <div class="timeline">
      {/* Reachable by keyboard, because it scrolls. */}
      <div class="timeline-scroll" ref={scroller} onScroll={onScroll} tabIndex={0} role="region" aria-label="Messages">
        {state.error?.code === 'history' ? (
          <div class="load-more" role="alert">
            <p>Older messages could not be loaded.</p>
            <button type="button" class="button" onClick={() => void client.loadOlder()}>
              Try again
            </button>
          </div>
        ) : (
          state.hasOlder && (
            <LoadMore label="Load older messages" busy={state.loadingOlder} onload={() => void client.loadOlder()} />
          )
        )}
        {!conversation && messages.length === 0 && <p class="timeline-loading">Loading the conversation…</p>}
        <div role="log" aria-busy={!caughtUp || state.loadingOlder}>
          <ol class="timeline-items" ref={content}>
            {items.map((item) => {
              switch (item.type) {
                case 'day':
                  return (
                    <li key={item.key} class="timeline-day">
                      <span>{dayName(item.at, now)}</span>
                    </li>
                  );
                case 'new':
                  return (
                    <li key={item.key} class="timeline-day timeline-new">
                      <span>New</span>
                    </li>
                  );
                case 'notice':
                  return <NoticeLine key={item.key} notice={item.notice} user={user} />;
                case 'message':
                  return (
                    <Message
                      key={item.key}
                      message={item.message}
                      startsGroup={item.startsGroup}
                      seen={item.seen}
                      connected={connection.name === 'live'}
                      writable={conversation !== undefined && conversation.status !== 'closed'}
                      limit={limit}
                      actions={client}
                    />
                  );
              }
            })}
          </ol>
        </div>
      </div>
      {leftAt !== undefined && (
        <button
          type="button"
          class="button timeline-to-end"
          onClick={() => {
            atEnd.current = true;
            toEnd();
          }}
        >
          <Icon name="down" />
          {missed === 0 ? 'To the latest' : missed === 1 ? '1 new message' : `${missed} new messages`}
        </button>
      )}
    </div>
  );
}

/** Up to where the team had read when the conversation was opened; `undefined` if there was nothing more. */
function useNewAfter({ caughtUp, unread, read }: ConversationState): number | undefined {
  const newAfter = useRef<{ seq: number | undefined } | undefined>(undefined);
  if (caughtUp) {
    newAfter.current ??= { seq: unread > 0 ? read.agents : undefined };
  }
  return newAfter.current?.seq;
}
