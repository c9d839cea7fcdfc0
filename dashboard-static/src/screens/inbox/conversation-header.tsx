import type { ConversationState } from '@client/conversation-state.js';
import type { Conversation, ConversationStatus } from '@wire';
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
import { STATUSES, routeAddress, type Route } from './route.ts';

interface Props {
  state: ConversationState;
  /** As it will be once all that was asked for is done. */
  conversation: Pick<Conversation, 'visitor' | 'status' | 'assignee'> | undefined;
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
  snoozed: 'var(--edge)',
  resolved: 'var(--good)',
  closed: 'var(--edge)',
};

/** Whom the conversation is with, who is here, its status and whose it is. */
export function ConversationHeader({ state, conversation, route, busy, changeable, onassign, onstatus, onresolve, children }: Props) {
  const { user } = useDesk();
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
                ...(state.connection.name === 'live' ? presence(state.present, user.id) : []),
                conversation.assignee === null ? (
                  strings.notAssigned
                ) : mine ? (
                  strings.assignedToYou
                ) : (
                  <>
                    {strings.assignedTo} <Name>{conversation.assignee.name}</Name>
                  </>
                ),
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

/**
 * Who else is here: the visitor, with the chat open or merely on the site; and the colleagues who might be answering at
 * this very moment.
 */
function presence(present: ConversationState['present'], me: string): string[] {
  const visitor = present.find(({ kind }) => kind === 'visitor');
  const where = visitor === undefined ? strings.away : visitor.viewing ? strings.viewing : strings.here;
  const colleagues = present.filter(({ kind, id }) => kind === 'agent' && id !== me).map(({ name }) => isolated(name));
  return colleagues.length === 0 ? [where] : [where, strings.alsoHere(colleagues)];
}

/** A name that turns nothing but itself, where only text can stand (first strong isolate). */
function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}
