/**
 * The conversation so far. Keeps the reader's place: at the end it stays at the end, anywhere else what they read stays
 * where it is, whatever comes before or after it.
 */
import type { ConversationState } from '@client/conversation-state.js';
import type { ConversationClient } from '@client/conversation.js';
import { withoutMarks } from '@client/markdown.js';
import { dayName } from '@client/time.js';
import type { ConversationSummary } from '@wire';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Permission } from '../../data/permissions.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { Button } from '../../ui/button.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useNow } from '../../ui/time.ts';
import { useSource } from '../../ui/use-source.ts';
import type { Edits } from './drafts.ts';
import { Message } from './message.tsx';
import { NoticeLine } from './notice-line.tsx';
import { timelineItems } from './timeline-items.ts';

interface Props {
  client: ConversationClient;
  state: ConversationState;
  edits: Edits;
  /** What the list knows of it, until the conversation itself is here. */
  summary: ConversationSummary | undefined;
}

/** How far from the end still counts as there, in pixels: a line of text. */
const END = 24;

export function Timeline({ client, state, edits, summary }: Props) {
  const desk = useDesk();
  const { user } = desk;
  const edited = useSource(edits);
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
  const has = (right: Permission) => conversation !== undefined && desk.mayIn(right, conversation);
  const rights = { message: has('write_messages'), note: has('write_notes'), others: has('delete_messages') };
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
      <div class="timeline-scroll" ref={scroller} onScroll={onScroll} tabIndex={0} role="region" aria-label={strings.messages}>
        {state.error?.code === 'history' ? (
          <div class="load-more" role="alert">
            <p>{strings.historyFailed}</p>
            <Button onClick={() => void client.loadOlder()}>{strings.tryAgain}</Button>
          </div>
        ) : (
          state.hasOlder && (
            <LoadMore label={strings.loadOlderMessages} busy={state.loadingOlder} onload={() => void client.loadOlder()} />
          )
        )}
        {!conversation && messages.length === 0 && <Foretaste summary={summary} />}
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
                      <span>{strings.new}</span>
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
                      rights={rights}
                      limit={client.messageCharacters}
                      actions={client}
                      edits={edits}
                      edit={item.message.seq === undefined ? undefined : edited.get(item.message.seq)}
                    />
                  );
              }
            })}
          </ol>
        </div>
      </div>
      {leftAt !== undefined && (
        <Button
          class="timeline-to-end"
          icon="down"
          onClick={() => {
            atEnd.current = true;
            toEnd();
          }}
        >
          {missed === 0 ? strings.toLatest : strings.newMessages(missed)}
        </Button>
      )}
    </div>
  );
}

/** The last message, as far as the list has it, below the shape of those before it. */
function Foretaste({ summary }: { summary: ConversationSummary | undefined }) {
  const last = summary?.lastMessage;
  return (
    <div class="timeline-foretaste">
      <p class="hidden-label" role="status">
        {strings.loading}
      </p>
      <Skeleton width={38} />
      <Skeleton width={56} />
      <Skeleton width={44} />
      {last && (
        <div class={last.actor.kind === 'visitor' ? 'message message-theirs' : 'message message-ours'}>
          <div class="message-line">
            <div class="message-foretaste" dir="auto">
              {withoutMarks(last.preview)}
            </div>
          </div>
        </div>
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
