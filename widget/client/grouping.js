/**
 * Which messages read as one turn of the same person, under one name.
 *
 * @typedef {import('./shown-messages.js').ShownMessage} ShownMessage
 */
import { isSameActor } from './actors.js';
import { sameDay } from './time.js';

/** How long after a message the next one of the same person still belongs to it. */
const WITHIN = 5 * 60_000;

/**
 * Whether a message goes on with the turn of the one before it. A note is never in one turn with a message.
 *
 * @param {ShownMessage | undefined} before
 * @param {ShownMessage} message
 */
export function isSameTurn(before, message) {
  return (
    before !== undefined &&
    before.kind === message.kind &&
    isSameActor(before.actor, message.actor) &&
    message.at - before.at < WITHIN &&
    sameDay(before.at, message.at)
  );
}
