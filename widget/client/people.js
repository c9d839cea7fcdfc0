/**
 * Who is in the conversation now, and who types. Promises that a reload, which is a leave and a join, shows nobody as
 * gone, and that nobody types for ever because the frame that ended it was lost.
 *
 * @typedef {import('../../domain/bindings/wire.ts').Actor} Actor
 * @typedef {import('../../domain/bindings/wire.ts').Present} Present
 * @typedef {{ actor: Actor, timer: number }} Entry
 */
import { actorKey } from './actors.js';

const TYPING_EXPIRY = 6_000;
const LEAVE_GRACE = 10_000;

export class People {
  /** Who is here, and, after they left, the timer that forgets them. @type {Map<string, { actor: Present, timer: number }>} */
  #present = new Map();
  /** Who types, and the timer that forgets it. @type {Map<string, Entry>} */
  #typing = new Map();
  #onchange;

  /** @param {() => void} onchange Called when time alone has changed something. */
  constructor(onchange) {
    this.#onchange = onchange;
  }

  get present() {
    return Array.from(this.#present.values(), ({ actor }) => actor);
  }

  get typing() {
    return Array.from(this.#typing.values(), ({ actor }) => actor);
  }

  /**
   * Takes the room's own list, as it stands when a connection begins.
   *
   * @param {Present[]} actors
   */
  meet(actors) {
    const here = new Set(actors.map(actorKey));
    for (const [key, { actor, timer }] of this.#present) {
      if (!timer && !here.has(key)) {
        this.#leave(actor);
      }
    }
    actors.forEach((actor) => this.#enter(actor));
  }

  /** @param {{ actor: Actor, online: boolean, viewing: boolean }} presence */
  move({ actor, online, viewing }) {
    if (online) {
      this.#enter({ ...actor, viewing });
    } else {
      this.#leave(actor);
    }
  }

  /**
   * @param {Actor} actor
   * @param {boolean} active
   */
  types(actor, active) {
    const key = actorKey(actor);
    clearTimeout(this.#typing.get(key)?.timer);
    this.#typing.delete(key);
    if (active) {
      const timer = setTimeout(() => {
        this.#typing.delete(key);
        this.#onchange();
      }, TYPING_EXPIRY);
      this.#typing.set(key, { actor, timer });
    }
  }

  close() {
    for (const { timer } of [...this.#typing.values(), ...this.#present.values()]) {
      clearTimeout(timer);
    }
  }

  /** @param {Present} actor */
  #enter(actor) {
    clearTimeout(this.#present.get(actorKey(actor))?.timer);
    this.#present.set(actorKey(actor), { actor, timer: 0 });
  }

  /** @param {Actor} actor */
  #leave(actor) {
    const key = actorKey(actor);
    const known = this.#present.get(key);
    if (known) {
      clearTimeout(known.timer);
      known.timer = setTimeout(() => {
        this.#present.delete(key);
        this.#onchange();
      }, LEAVE_GRACE);
    }
    this.types(actor, false);
  }
}
