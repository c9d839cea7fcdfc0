/**
 * Who is who. An actor is the same person when kind and id are the same, whatever they are called; and a conversation
 * has two sides, the visitor and the team.
 *
 * @typedef {import('../../domain/bindings/wire.ts').Actor} Actor
 */

/**
 * What to remember an actor by.
 *
 * @param {Actor} actor
 */
export function actorKey({ kind, id }) {
  return `${kind}:${id}`;
}

/**
 * @param {Actor} one
 * @param {Actor} other
 */
export function isSameActor(one, other) {
  return one.kind === other.kind && one.id === other.id;
}

/**
 * The side whose read mark an actor moves. What the system does is the team's.
 *
 * @param {Actor} actor
 * @returns {'visitor' | 'agents'}
 */
export function sideOf({ kind }) {
  return kind === 'visitor' ? 'visitor' : 'agents';
}

/**
 * Whether two actors are on different sides.
 *
 * @param {Actor} one
 * @param {Actor} other
 */
export function areAcross(one, other) {
  return sideOf(one) !== sideOf(other);
}
