/**
 * One message or note: who, when, what, what became of it, and what may be done with it. A change that has been begun
 * is kept, like a draft, until it is saved or given up.
 */
import type { ShownMessage } from '@client/conversation.js';
import { excerptOf } from '@client/excerpt.js';
import { isFewEmoji } from '@client/graphemes.js';
import { isLong } from '@client/length.js';
import { reasonFor } from '@client/refusals.js';
import { clockTime, exactTime } from '@client/time.js';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { strings } from '../../strings/inbox.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { MarkedText, copyAsWritten } from '../../ui/marked-text.tsx';
import { Name } from '../../ui/name.tsx';
import { nameOf } from '../../ui/name-of.ts';
import type { Edits } from './drafts.ts';
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
  edits: Edits;
  /** What this message is to say, if it is being changed. */
  edit: string | undefined;
}

export function Message({ message, startsGroup, seen, connected, writable, limit, actions, edits, edit }: Props) {
  const [deleting, setDeleting] = useState(false);
  const line = useRef<HTMLDivElement>(null);
  const wasEditing = useRef(edit !== undefined);
  /** Where the focus was when the editor came. */
  const before = useRef<Element | null>(null);
  const { seq, kind, actor, text, at, editedAt, deletedAt, mine, pending } = message;
  const side = actor.kind === 'visitor' ? 'theirs' : 'ours';
  const changeable = writable && seq !== undefined && deletedAt === undefined && !pending;
  const edited = editedAt !== undefined && deletedAt === undefined && message.outboxId === undefined;
  const editing = edit !== undefined && changeable;
  const excerpt = useMemo(() => excerptOf(text), [text]);

  const focusLine = () => line.current?.querySelector<HTMLElement>('.message-text')?.focus();
  useLayoutEffect(() => {
    // What had the focus is gone with the editor, or with the message: the focus stays where one was.
    if (wasEditing.current && !editing && document.activeElement === document.body) {
      const back = before.current;
      if (back instanceof HTMLTextAreaElement && back.isConnected) {
        back.focus();
      } else {
        focusLine();
      }
    }
    if (!editing) {
      before.current = null;
    }
    wasEditing.current = editing;
  }, [editing]);
  const takesFocus = editing && !wasEditing.current;
  if (takesFocus) {
    before.current ??= document.activeElement;
  }

  return (
    <li class={`message message-${side} message-${kind} ${startsGroup ? 'message-first' : ''}`}>
      <p class={startsGroup ? 'message-head' : 'hidden-label'}>
        <span class="message-author">{mine ? strings.you : <Name>{nameOf(actor)}</Name>}</span>
        {kind === 'note' && (
          <span class="message-badge">
            <Icon name="lock" /> {strings.kinds.note.name}
            <span class="hidden-label">. {strings.teamOnly}</span>
          </span>
        )}
        <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
          {clockTime(at)}
        </time>
      </p>
      <div class="message-line" ref={line}>
        {editing ? (
          <MessageEditor
            value={edit}
            limit={limit}
            takesFocus={takesFocus}
            oninput={(next) => edits.write(seq, next)}
            onsave={() => {
              edits.end(seq);
              if (edit !== text) {
                actions.edit(seq, edit);
              }
            }}
            oncancel={() => edits.end(seq)}
          />
        ) : (
          <>
            {deletedAt === undefined ? (
              <MessageText text={text} />
            ) : (
              <p class="message-text message-deleted" tabIndex={-1}>
                {kind === 'note' ? strings.noteDeleted : strings.messageDeleted}
              </p>
            )}
            {changeable && (
              <span class="message-actions">
                {mine && (
                  <IconButton icon="edit" size="small" label={strings.edit(excerpt)} onClick={() => edits.write(seq, text)} />
                )}
                <IconButton icon="delete" size="small" label={strings.delete(excerpt)} onClick={() => setDeleting(true)} />
              </span>
            )}
          </>
        )}
      </div>
      <Delivery message={message} connected={connected} actions={actions} />
      {(edited || seen) && (
        <p class="message-state">
          {edited && <span title={exactTime(editedAt)}>{strings.edited}</span>}
          {edited && seen && ' · '}
          {seen && <span>{strings.seen}</span>}
        </p>
      )}
      {deleting && seq !== undefined && (
        <Confirm
          question={kind === 'note' ? strings.deleteNote : strings.deleteMessage}
          explanation={kind === 'note' ? strings.deleteNoteExplanation : strings.deleteMessageExplanation}
          action={strings.deleteAction}
          onconfirm={() => actions.remove(seq)}
          onclose={() => {
            setDeleting(false);
            // The button that asked may be gone with what it deleted.
            requestAnimationFrame(() => document.activeElement === document.body && focusLine());
          }}
        />
      )}
    </li>
  );
}

/** What is said. Long texts are folded, few emoji are large. */
function MessageText({ text }: { text: string }) {
  const [unfolds, setUnfolds] = useState(false);
  const long = isLong(text);
  const look = long && !unfolds ? 'message-folded' : isFewEmoji(text) ? 'message-jumbo' : '';
  return (
    <div class="message-body">
      {/* Reachable by a tap, which is how the actions are had without a mouse or a keyboard. */}
      <div
        class={`message-text marked ${look}`}
        dir="auto"
        tabIndex={-1}
        onCopy={copyAsWritten}
        // A link that has the focus is in sight.
        onFocusIn={({ target, currentTarget }) => target !== currentTarget && setUnfolds(true)}
      >
        <MarkedText text={text} />
      </div>
      {long && (
        <Button kind="quiet" size="small" class="message-fold" aria-expanded={unfolds} onClick={() => setUnfolds(!unfolds)}>
          {unfolds ? strings.showLess : strings.showAll}
        </Button>
      )}
    </div>
  );
}

/** How far what was sent has come. */
function Delivery({ message, connected, actions }: Pick<Props, 'message' | 'connected' | 'actions'>) {
  const { outboxId, seq, pending, failed } = message;
  if (outboxId === undefined) {
    return null;
  }
  if (pending) {
    return <p class="message-state">{!connected ? strings.waiting : seq === undefined ? strings.sending : strings.saving}</p>;
  }
  const reason = failed === undefined ? undefined : reasonFor(failed);
  return (
    <p class="message-state message-failed">
      {seq === undefined ? strings.notSent : strings.notSaved}
      {reason !== undefined && `: ${reason}`}.{' '}
      <Button kind="quiet" size="small" onClick={() => actions.retry(outboxId)}>
        {strings.retry}
      </Button>
      <Button kind="quiet" size="small" onClick={() => actions.discard(outboxId)}>
        {strings.discard}
      </Button>
    </p>
  );
}
