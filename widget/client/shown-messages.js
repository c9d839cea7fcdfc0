/**
 * The messages as the person should see them: what is stored, with what they have asked for laid over it from the
 * moment they asked. No clock, no I/O: the same log and the same outbox give the same list.
 *
 * @typedef {import('../../domain/bindings/wire.ts').Actor} Actor
 * @typedef {import('../../domain/bindings/wire.ts').SendKind} SendKind
 * @typedef {import('./event-log.js').Message} Message
 * @typedef {import('./outbox.js').OutboxItem} OutboxItem
 *
 * @typedef {object} ShownMessage A message or note, with the person's own edit, or gone by their own deletion.
 * @property {string} key Stays the same from the first attempt to send it on.
 * @property {number | undefined} seq `undefined` while it is not stored.
 * @property {SendKind} kind
 * @property {Actor} actor
 * @property {string} text Plain text; empty once deleted.
 * @property {number} at
 * @property {number | undefined} editedAt
 * @property {number | undefined} deletedAt
 * @property {boolean} mine
 * @property {boolean} pending Whether the message, its edit or its deletion is on its way.
 * @property {string | undefined} failed Why the server refused the message, its edit or its deletion: an `ErrorCode`.
 * @property {string | undefined} outboxId What to `retry` or `discard`, if it is pending or failed.
 */
import { actorKey, isSameActor } from './actors.js';

/**
 * In order; those that are not stored yet come last.
 *
 * @param {Message[]} messages
 * @param {OutboxItem[]} items
 * @param {Actor} me
 * @returns {ShownMessage[]}
 */
export function showMessages(messages, items, me) {
  /** @type {Map<number, ShownMessage>} */
  const stored = new Map();
  for (const message of messages) {
    const { seq, clientId, actor } = message;
    stored.set(seq, {
      ...message,
      key: clientId === undefined ? String(seq) : keyOf(actor, clientId),
      mine: isSameActor(actor, me),
      pending: false,
      failed: undefined,
      outboxId: undefined,
    });
  }
  /** @type {ShownMessage[]} */
  const unsent = [];
  for (const { frame, at, failed } of items) {
    const delivery = { pending: failed === undefined, failed, outboxId: frame.clientId };
    if (frame.type === 'send') {
      const { kind, text, clientId } = frame;
      const rest = { seq: undefined, editedAt: undefined, deletedAt: undefined };
      unsent.push({ key: keyOf(me, clientId), kind, text, at, actor: me, mine: true, ...rest, ...delivery });
      continue;
    }
    const target = stored.get(frame.target);
    if (target) {
      // A refused change is shown as it was meant, so that no typed text is lost; a refused deletion deletes nothing.
      const isEdit = frame.type === 'edit';
      const change = isEdit ? { text: frame.text, editedAt: at } : failed === undefined ? { text: '', deletedAt: at } : {};
      stored.set(frame.target, { ...target, ...change, ...delivery });
    }
  }
  return [...stored.values(), ...unsent];
}

/**
 * @param {Actor} actor
 * @param {string} clientId
 */
function keyOf(actor, clientId) {
  return `${actorKey(actor)}/${clientId}`;
}
