/**
 * The open conversation: whose it is and how it stands, what has been said, and where to write. What is not known yet is
 * shown as the list has it.
 */
import type { StopReason } from '@client/connection.js';
import type { ConversationClient } from '@client/conversation.js';
import type { Conversation, ConversationStatus, ConversationSummary, SendKind } from '@wire';
import { useEffect, useRef, useState } from 'preact/hooks';
import { foreseen } from '../../data/changes.ts';
import { isAboutConversation } from '../../data/open-conversations.ts';
import { useCommands, useDesk, useSubject } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { nameOf } from '../../ui/name-of.ts';
import { useSource } from '../../ui/use-source.ts';
import { assign, setStatus, snooze } from './acts.ts';
import { ClaimBanner } from './claim-banner.tsx';
import { Composer } from './composer.tsx';
import { ConversationAssignee } from './conversation-assignee.tsx';
import { ConversationDepartment } from './conversation-department.tsx';
import { ConversationHeader } from './conversation-header.tsx';
import { ConversationPriority } from './conversation-priority.tsx';
import { ConversationTags } from './conversation-tags.tsx';
import { Edits } from './drafts.ts';
import { STATUSES, routeAddress, type Route } from './route.ts';
import { SnoozeMenu } from './snooze-menu.tsx';
import { Timeline } from './timeline.tsx';
import { TypingLine } from './typing-line.tsx';

/** How one has come to a conversation: by choosing it, to write; or by going along the list, to read on. */
export type Arrival = 'chosen' | 'stepped';

const KINDS: readonly SendKind[] = ['message', 'note'];
const RIGHT_TO_WRITE = { message: 'write_messages', note: 'write_notes' } as const;
const STATUS_ICONS = { open: 'retry', pending: 'pending', snoozed: 'snooze', resolved: 'resolve', closed: 'closed' } as const;

/** Why a conversation is not shown, in words. */
const REFUSALS: Partial<Record<StopReason, readonly string[]>> = {
  forbidden: strings.forbidden,
  history_lost: strings.historyLost,
};

interface Props {
  id: string;
  client: ConversationClient;
  route: Route;
  arrival: { readonly current: Arrival };
  /** The conversation as the list has it, if it does. */
  summary: ConversationSummary | undefined;
  /** Whether something that was asked for has no answer yet. */
  busy: boolean;
  onresolve(): void;
  onclose(): void;
  /** Called when it goes out of one's reach while it is here: it was moved or assigned elsewhere. */
  onlost(name: string): void;
}

export function ConversationPane({ id, client, route, arrival, summary, busy, onresolve, onclose, onlost }: Props) {
  const desk = useDesk();
  const { ask, attending, changes, inbox, user } = desk;
  const state = useSource(client);
  const pane = useRef<HTMLElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const owner = { userId: user.id, conversationId: id };
  const [edits] = useState(() => new Edits(owner));
  const { connection } = state;
  const feed = useSource(inbox);
  const now = whole(state.conversation, summary);
  const pending = useSource(changes);
  const conversation = now && foreseen(now, pending);
  const isClosed = conversation?.status === 'closed';
  const name = conversation && nameOf(conversation.visitor);
  useSubject(name);

  useEffect(() => {
    // A screen's keyboard would cover what is to be read.
    const writes = arrival.current === 'chosen' && matchMedia('(hover: hover)').matches;
    ((writes && area.current) || pane.current)?.focus();
  }, []);
  // The composer comes or goes with the status; the focus stays in the conversation.
  useEffect(() => {
    if (document.activeElement === document.body) {
      pane.current?.focus();
    }
  }, [isClosed]);

  useEffect(() => attending.show(id), [attending, id]);
  useEffect(() => () => attending.show(null), [attending]);

  const mine = conversation?.assignee?.id === user.id;
  const toggleAssignment = () => changes.do(id, assign(ask, id, mine ? null : user));
  const set = (status: ConversationStatus) => changes.do(id, status === 'snoozed' ? snooze(ask, id, undefined) : setStatus(ask, id, status));
  const reopen = () => set('open');
  const isDone = isClosed || conversation?.status === 'resolved';
  const isHere = conversation !== undefined;
  const changeable = isHere && desk.mayIn('update_conversations', conversation);
  const kinds = isHere ? KINDS.filter((kind) => desk.mayIn(RIGHT_TO_WRITE[kind], conversation)) : KINDS;
  const others = feed.connection.name === 'live' ? feed.attention(id) : [];
  const takeOver = () => {
    attending.takeOver();
    if (!mine && changeable) {
      changes.do(id, assign(ask, id, user));
    }
    area.current?.focus();
  };
  const isLost = connection.name === 'stopped' && connection.reason === 'forbidden' && state.conversation !== undefined;
  useEffect(() => {
    if (isLost) {
      onlost(name ?? '');
    }
  }, [isLost]);
  useCommands({
    name: strings.groups.conversation,
    scope: 'open',
    commands: [
      { key: 'e', words: strings.commands.resolve, icon: 'resolve', isOffered: () => changeable && !isDone, run: onresolve },
      {
        key: 'a',
        words: mine ? strings.unassign : strings.assignToMe,
        icon: mine ? 'unassign' : 'assign',
        isOffered: () => changeable,
        run: toggleAssignment,
      },
      ...STATUSES.map((status) => ({
        words: status === 'open' && isDone ? strings.reopen : strings.commands.status(strings.statuses[status]),
        icon: STATUS_ICONS[status],
        // Resolving goes on to the next, and has a key; so has snoozing, which has a menu.
        isOffered: () => changeable && status !== conversation?.status && status !== 'resolved' && status !== 'snoozed',
        run: () => set(status),
      })),
      {
        key: 'Escape',
        words: strings.commands.up,
        icon: 'back',
        inText: true,
        // From what one writes to the conversation, from there to the list.
        run: (event) => (event?.target === area.current ? pane.current?.focus() : onclose()),
      },
    ],
  });

  if (isLost) {
    // It is left in a moment.
    return <section class="conversation" aria-label={strings.conversation} ref={pane} tabIndex={-1} />;
  }
  if (connection.name === 'stopped' && isAboutConversation(connection.reason)) {
    const [title = '', text] = REFUSALS[connection.reason] ?? strings.notFound;
    return (
      <section class="conversation" aria-label={strings.conversation} ref={pane} tabIndex={-1}>
        <Empty urgent icon="alert" title={title}>
          <p>{text}</p>
          <a class="button button-secondary button-normal" href={routeAddress({ ...route, conversationId: undefined })}>
            {strings.back}
          </a>
        </Empty>
      </section>
    );
  }
  return (
    <section
      class="conversation"
      ref={pane}
      tabIndex={-1}
      aria-label={name !== undefined ? strings.conversationWith(name) : strings.conversation}
    >
      <ConversationHeader
        state={state}
        conversation={conversation}
        others={others}
        route={route}
        busy={busy}
        changeable={changeable}
        onassign={toggleAssignment}
        onstatus={set}
        onresolve={onresolve}
      >
        {conversation && (
          <div class="conversation-about">
            <ConversationDepartment id={id} department={conversation.department} movable={changeable} />
            {changeable && feed.people.length > 0 && (
              <ConversationAssignee id={id} assignee={conversation.assignee} department={conversation.department} />
            )}
            {changeable && <ConversationPriority id={id} priority={conversation.priority ?? 'normal'} />}
            {changeable && !isClosed && <SnoozeMenu id={id} snoozed={conversation.status === 'snoozed'} />}
            {desk.may('read_tags') && (
              <ConversationTags id={id} tagged={conversation.tags ?? []} changeable={desk.mayIn('tag_conversations', conversation)} />
            )}
          </div>
        )}
      </ConversationHeader>
      <Timeline client={client} state={state} edits={edits} summary={summary} />
      <TypingLine typing={state.typing} />
      <ClaimBanner others={isClosed ? [] : others} ontakeover={kinds.includes('message') ? takeOver : undefined} />
      {isClosed ? (
        <div class="composer-closed">
          <p>{changeable ? strings.closed : strings.closedForGood}</p>
          {changeable && <Button onClick={reopen}>{strings.reopen}</Button>}
        </div>
      ) : kinds.length === 0 ? (
        <div class="composer-closed">
          <p>{strings.readOnly}</p>
        </div>
      ) : (
        <Composer
          // Another way to write is another field.
          key={kinds.join()}
          owner={owner}
          kinds={kinds}
          area={area}
          limit={client.messageCharacters}
          onsend={(text, kind) => client.send(text, kind)}
          ontyping={(active) => {
            client.typing(active);
            attending.typed(active);
          }}
          oneditlast={() => {
            const last = state.messages.findLast(({ mine, seq, deletedAt }) => mine && seq !== undefined && deletedAt === undefined);
            if (last?.seq !== undefined && !last.pending) {
              edits.write(last.seq, last.text);
            }
          }}
        />
      )}
    </section>
  );
}

/**
 * A conversation as its room tells it, and what of it the feed alone keeps up to date: what depends on the time, and on the
 * policy of its queue. What was asked for shows until both have it.
 */
function whole(room: Conversation | undefined, summary: ConversationSummary | undefined): Conversation | undefined {
  if (!room || !summary) {
    return room ?? summary;
  }
  const { priority, openedAt, waitingSince, snoozedUntil, due } = summary;
  // Absent there is absent here.
  const fed = { priority, openedAt, waitingSince, snoozedUntil, due } as Partial<Conversation>;
  return { ...room, ...fed, head: Math.min(room.head, summary.head) };
}
