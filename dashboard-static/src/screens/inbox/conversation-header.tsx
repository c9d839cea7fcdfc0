import type { ConversationState } from '@client/conversation-state.js';
import type { Attending, Conversation, ConversationStatus } from '@wire';
import type { ComponentChildren } from 'preact';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Name } from '../../ui/name.tsx';
import { isUnnamed, nameOf } from '../../ui/name-of.ts';
import { Spinner } from '../../ui/progress.tsx';
import { Select } from '../../ui/select.tsx';
import { useMedia } from '../../ui/use-media.ts';
import { timeToCome, useNow } from '../../ui/time.ts';
import { useSource } from '../../ui/use-source.ts';
import { WIDE, attentionFacts } from './claim-banner.tsx';
import { STATUSES, routeAddress, type Route } from './route.ts';
import { Waiting } from './waiting.tsx';
import { waitOf } from './waits.ts';

interface Props {
  state: ConversationState;
  /** As it will be once all that was asked for is done. */
  conversation: Pick<Conversation, 'visitor' | 'status' | 'assignee' | 'due' | 'waitingSince' | 'snoozedUntil'> | undefined;
  /** Who else looks at it, as far as that is known. */
  others: readonly Attending[];
  route: Route;
  busy: boolean;
  /** Whether it may be changed: whose it is, and how it stands. */
  changeable: boolean;
  onassign(): void;
  onstatus(status: ConversationStatus): void;
  onresolve(): void;
  /** Beside who it is, or below where there is no room. */
  children?: ComponentChildren;
}

const COLOURS: Readonly<Record<ConversationStatus, string>> = {
  open: 'var(--accent-text)',
  pending: 'var(--warning)',
  snoozed: 'var(--text-quiet)',
  resolved: 'var(--good)',
  closed: 'var(--edge)',
};

/** Whom the conversation is with, who is here, its status and whose it is. */
export function ConversationHeader({ state, conversation, others, route, busy, changeable, onassign, onstatus, onresolve, children }: Props) {
  const { user, inbox } = useDesk();
  const feed = useSource(inbox);
  const isWide = useMedia(WIDE);
  const assignee = feed.connection.name === 'live' ? feed.people.find(({ id }) => id === conversation?.assignee?.id) : undefined;
  const presence = assignee?.presence;
  const now = useNow(15_000);
  const wait = conversation && waitOf(conversation, now);
  const mine = conversation?.assignee?.id === user.id;
  const isDone = conversation?.status === 'resolved' || conversation?.status === 'closed';
  return (
    <header class="conversation-header">
      <a
        class="icon-button icon-button-normal conversation-back"
        href={routeAddress({ ...route, conversationId: undefined })}
        aria-label={strings.back}
      >
        <Icon name="back" />
      </a>
      {conversation && (
        <>
          <Avatar actor={conversation.visitor} />
          <div class="conversation-who">
            {/* What it is called in an export. */}
            <h2 dir="auto" {...(isUnnamed(conversation.visitor) && { title: conversation.visitor.name })}>
              {nameOf(conversation.visitor)}
            </h2>
            <p>
              {joined([
                ...(state.connection.name === 'live' ? [whereabouts(state.present)] : []),
                conversation.assignee === null ? (
                  strings.notAssigned
                ) : mine ? (
                  strings.assignedToYou
                ) : (
                  <>
                    {strings.assignedTo} <Name>{conversation.assignee.name}</Name>
                    {presence && ` (${strings.presences[presence].toLowerCase()})`}
                  </>
                ),
                ...(conversation.status === 'snoozed'
                  ? [
                      conversation.snoozedUntil === undefined
                        ? strings.snoozedUntilAnswer
                        : strings.snoozedUntil(timeToCome(conversation.snoozedUntil, now, user.timeZone)),
                    ]
                  : wait
                    ? [<Waiting key="wait" wait={wait} now={now} timeZone={user.timeZone} />]
                    : []),
                ...(isWide ? attentionFacts(others) : []),
              ])}
            </p>
          </div>
          {children}
          <div class="conversation-controls">
            {busy && <Spinner />}
            {changeable && (
              <IconButton
                icon={mine ? 'unassign' : 'assign'}
                label={mine ? strings.unassign : strings.assignToMe}
                shortcut="A"
                onClick={onassign}
              />
            )}
            <Select
              compact
              hideLabel
              alignEnd
              label={strings.status}
              disabled={!changeable}
              value={conversation.status}
              options={STATUSES.map((status) => ({
                value: status,
                label: strings.statuses[status],
                hint: strings.statusHints[status],
                colour: COLOURS[status],
              }))}
              onchange={onstatus}
            />
            {changeable && !isDone && (
              <Button kind="primary" icon="resolve" class="conversation-resolve" aria-keyshortcuts="E" onClick={onresolve}>
                {strings.resolve}
              </Button>
            )}
            {changeable && conversation.status === 'resolved' && (
              <Button class="conversation-resolve" icon="retry" onClick={() => onstatus('open')}>
                {strings.reopen}
              </Button>
            )}
          </div>
        </>
      )}
    </header>
  );
}

/** Facts in one line. A dot goes with the fact before it, so that none hangs at the beginning of a line. */
function joined(facts: ComponentChildren[]) {
  return facts.map((fact, index) => (
    <span key={index} class="fact">
      {fact}
    </span>
  ));
}

/** Where the visitor is: with the chat open, or merely on the site. */
function whereabouts(present: ConversationState['present']): string {
  const visitor = present.find(({ kind }) => kind === 'visitor');
  return visitor === undefined ? strings.away : visitor.viewing ? strings.viewing : strings.here;
}
