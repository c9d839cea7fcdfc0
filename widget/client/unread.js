/** What of a conversation this side has not read. */
import { areAcross, sideOf } from './actors.js';

/**
 * How many messages of the other side this side has not read. Notes and what is deleted don't count.
 *
 * @param {import('./event-log.js').Message[]} messages
 * @param {import('../../domain/bindings/wire.ts').Actor} me
 * @param {import('../../domain/bindings/wire.ts').ReadMarks} read
 */
export function countUnread(messages, me, read) {
  const upTo = read[sideOf(me)];
  return messages.filter(
    ({ seq, kind, actor, deletedAt }) =>
      kind === 'message' && seq > upTo && deletedAt === undefined && areAcross(actor, me),
  ).length;
}
