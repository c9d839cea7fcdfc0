/**
 * Events as they travel, and as everything else here uses them. On the wire an event names its author by a small
 * number, which the room introduces once to each audience, and leaves out what follows from the rest. Promises that
 * whoever reads an event finds its author and the `seq` before it in it, and that nobody's words are shown as someone
 * else's: an event by a number that nobody has introduced is not read but missed, and is asked for again.
 *
 * The numbers of a room change when it is loaded again; it then introduces everyone anew, and the latest introduction
 * of a number counts. Those of a page of history are that page's own.
 *
 * @typedef {import('../../domain/bindings/wire.ts').Actor} Actor
 * @typedef {import('../../domain/bindings/wire.ts').CompactEvent} CompactEvent
 * @typedef {import('../../domain/bindings/wire.ts').People} People
 *
 * @typedef {{ seq: number, prev: number, at: number, actor: Actor, clientId?: string }
 *   & import('../../domain/bindings/wire.ts').EventBody} Event
 */

/** In place of an author whom a page, against its promise, does not introduce. @type {Actor} */
const NOBODY = { kind: 'system', id: '', name: 'Unknown' };

/** Reads the events of one room. */
export class EventReader {
  /** @type {People} */
  #people = {};

  /** Another connection begins: its first pages introduce everyone. */
  connected() {
    this.#people = {};
  }

  /**
   * @param {{ people: People, events: CompactEvent[] }} page
   * @returns {Event[]}
   */
  page({ people, events }) {
    Object.assign(this.#people, people);
    return readPage({ people: this.#people, events });
  }

  /**
   * @param {CompactEvent} event
   * @returns {Event | undefined} `undefined` if nobody has said who its author is.
   */
  event(event) {
    if (event.actor) {
      this.#people[event.by] = event.actor;
    }
    const actor = this.#people[event.by];
    return actor && expand(event, actor);
  }
}

/**
 * Reads a page that introduces its authors itself, such as one of history.
 *
 * @param {{ people: People, events: CompactEvent[] }} page
 * @returns {Event[]}
 */
export function readPage({ people, events }) {
  return events.map((event) => expand(event, people[event.by] ?? NOBODY));
}

/**
 * @param {CompactEvent} event
 * @param {Actor} actor
 * @returns {Event}
 */
function expand({ by: _, ...event }, actor) {
  return { ...event, prev: event.prev ?? event.seq - 1, actor };
}
