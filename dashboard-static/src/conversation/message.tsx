/**
 * One message or note: who, when, what, what became of it, and what may be done with it.
 */
import { useState } from 'preact/hooks';
import type { ShownMessage } from '@client/conversation.js';
import { reasonFor } from '@client/refusals.js';
import { clockTime, exactTime } from '@client/time.js';
import { Confirm } from '../ui/confirm.tsx';
import { Icon } from '../ui/icon.tsx';
import { LinkedText } from '../ui/linked-text.tsx';
import { MessageEditor } from './message-editor.tsx';

/** What can be done with messages; the client's methods. */
export interface MessageActions {
  edit(seq: number, text: string): void;
  remove(seq: number): void;
  retry(outboxId: string): void;
  discard(outboxId: string): void;
}

interface Props {
  message: ShownMessage;
  startsGroup: boolean;
  seen: boolean;
  connected: boolean;
  /** Whether the conversation is not closed. */
  writable: boolean;
  limit: number;
  actions: MessageActions;
}

export function Message({ message, startsGroup, seen, connected, writable, limit, actions }: Props) {
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const { seq, kind, actor, text, at, editedAt, deletedAt, mine, pending } = message;
  const side = actor.kind === 'visitor' ? 'theirs' : 'ours';
  const changeable = writable && seq !== undefined && deletedAt === undefined && !pending;
  const edited = editedAt !== undefined && deletedAt === undefined && message.outboxId === undefined;
  const author = mine ? 'You' : actor.name;

  return (
    <li class={`message message-${side} message-${kind} ${startsGroup ? 'message-first' : ''}`}>
      <p class={startsGroup ? 'message-head' : 'hidden-label'}>
        <span class="message-author" dir="auto">
          {author}
        </span>
        {kind === 'note' && (
          <span class="message-badge">
            <Icon name="lock" /> Note. Only your team sees this.
          </span>
        )}
        <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
          {clockTime(at)}
        </time>
      </p>
      {editing && seq !== undefined ? (
        <MessageEditor
          text={text}
          limit={limit}
          onsave={(next) => {
            setEditing(false);
            if (next !== text) {
              actions.edit(seq, next);
            }
          }}
          oncancel={() => setEditing(false)}
        />
      ) : (
        <div class="message-line">
          {deletedAt === undefined ? (
            // Reachable by a tap, which is how the actions are had without a mouse or a keyboard.
            <div class="message-text" dir="auto" tabIndex={-1}>
              <LinkedText text={text} />
            </div>
          ) : (
            <p class="message-text message-deleted">{kind === 'note' ? 'Note deleted' : 'Message deleted'}</p>
          )}
          {changeable && (
            <span class="message-actions">
              {mine && (
                <button type="button" class="icon-button" aria-label="Edit" title="Edit" onClick={() => setEditing(true)}>
                  <Icon name="edit" />
                </button>
              )}
              <button
                type="button"
                class="icon-button"
                aria-label="Delete"
                title="Delete"
                onClick={() => setDeleting(true)}
              >
                <Icon name="delete" />
              </button>
            </span>
          )}
        </div>
      )}
      <Delivery message={message} connected={connected} actions={actions} />
      {(edited || seen) && (
        <p class="message-state">
          {edited && <span title={exactTime(editedAt)}>Edited</span>}
          {edited && seen && ' · '}
          {seen && <span>Seen</span>}
        </p>
      )}
      {deleting && seq !== undefined && (
        <Confirm
          question={kind === 'note' ? 'Delete this note?' : 'Delete this message?'}
          explanation={
            kind === 'note' ? 'Its text will be gone for the whole team.' : 'Its text will be gone for the visitor and for the team.'
          }
          action="Delete"
          onconfirm={() => actions.remove(seq)}
          onclose={() => setDeleting(false)}
        />
      )}
    </li>
  );
}

/** How far what was sent has come. */
function Delivery({ message, connected, actions }: Pick<Props, 'message' | 'connected' | 'actions'>) {
  const { outboxId, seq, pending, failed } = message;
  if (outboxId === undefined) {
    return null;
  }
  if (pending) {
    const doing = seq === undefined ? 'Sending…' : 'Saving…';
    return <p class="message-state">{connected ? doing : 'Waiting for the connection…'}</p>;
  }
  const reason = failed === undefined ? undefined : reasonFor(failed);
  return (
    <p class="message-state message-failed">
      {seq === undefined ? 'Not sent' : 'Change not saved'}
      {reason !== undefined && `: ${reason}`}.{' '}
      <button type="button" class="quiet-button" onClick={() => actions.retry(outboxId)}>
        Retry
      </button>
      <button type="button" class="quiet-button" onClick={() => actions.discard(outboxId)}>
        Discard
      </button>
    </p>
  );
}
