/**
 * What is known of one conversation to somebody of the team, who learns of more than its visitor does: how urgent it is, and
 * which target was missed. It is here, and not in the log that both sides share, because the panel has no use for it.
 *
 * @typedef {import('./events.js').Event} Event
 * @typedef {Extract<Event, { kind: 'priority_changed' | 'target_missed' }>} TeamNotice
 */

import { EventLog } from './event-log.js';

export class TeamLog extends EventLog {
  /** @type {Map<number, TeamNotice>} */
  #ours = new Map();

  get notices() {
    return [...super.notices, ...this.#ours.values()].sort((a, b) => a.seq - b.seq);
  }

  /** @override @param {Event} event */
  append(event) {
    const connects = super.append(event);
    if (connects) {
      this.#note(event);
    }
    return connects;
  }

  /**
   * @override
   * @param {Event[]} events
   * @param {number} prev
   */
  prepend(events, prev) {
    super.prepend(events, prev);
    if (this.base === prev) {
      events.forEach((event) => this.#note(event));
    }
  }

  /** @override @param {import('./event-log.js').Conversation | undefined} conversation */
  reset(conversation) {
    super.reset(conversation);
    this.#ours.clear();
  }

  /** @param {Event} event */
  #note(event) {
    if (event.kind === 'priority_changed' || event.kind === 'target_missed') {
      this.#ours.set(event.seq, event);
    }
  }
}
