/**
 * Keeps the log of a conversation complete. Promises that a gap is noticed and closed, that events count as live only
 * once all before them is here, and that a room which stops answering is left for a new connection.
 *
 * What is missing comes in three ways: the room's pages after the last event that is here (`resume`), the last page of
 * history when the room can't go on from there (`reset`), and older pages of history when the person asks.
 *
 * @typedef {import('../../domain/bindings/wire.ts').Conversation} Conversation
 * @typedef {import('./conversation.js').RoomConnection} RoomConnection
 * @typedef {import('./events.js').Event} Event
 * @typedef {import('../../domain/bindings/wire.ts').History} History
 * @typedef {import('../../domain/bindings/wire.ts').ServerFrame} ServerFrame
 */
import { EventLog } from './event-log.js';
import { EventReader, readPage } from './events.js';
import { ANSWER_TIMEOUT } from './retry.js';

const HISTORY_PAGE = 50;

export class CatchUp {
  log;
  /** Whether all that was stored is here and events come live. */
  isDone = false;
  isLoadingOlder = false;
  /** Why older messages could not be loaded. @type {{ code: string, message: string } | undefined} */
  error;
  #reader = new EventReader();
  #options;
  /** The conversation as the room described it when this connection began. @type {Conversation | undefined} */
  #welcomed;
  /** Runs while a page is awaited. */
  #timer = 0;

  /**
   * @param {object} options
   * @param {EventLog} [options.log] What is known already.
   * @param {(path: string) => Promise<History>} options.request Asks for a page of history.
   * @param {RoomConnection} options.connection
   * @param {(events: Event[]) => void} options.onevents Called with what has come into the log, in order.
   * @param {() => void} options.ondone Called when all is here.
   * @param {() => void} options.onchange Called when something has changed that no frame of the room has changed.
   */
  constructor({ log = new EventLog(), ...options }) {
    this.log = log;
    this.#options = options;
  }

  /** @param {Conversation} conversation The room's own description; its first page follows. */
  welcomed(conversation) {
    this.error = undefined;
    this.#welcomed = conversation;
    this.log.describe(conversation);
    this.#reader.connected();
    this.#expectPage();
  }

  disconnected() {
    this.isDone = false;
    clearTimeout(this.#timer);
  }

  /** @param {Extract<ServerFrame, { type: 'page' }>} page */
  page(page) {
    clearTimeout(this.#timer);
    const events = this.#reader.page(page);
    if (!this.log.appendPage(events, page.prev)) {
      this.startOver();
      return;
    }
    this.#options.onevents(events);
    if (page.more) {
      this.#resume();
    } else {
      this.isDone = true;
      this.#options.ondone();
    }
  }

  /** @param {Extract<ServerFrame, { type: 'event' }>} frame */
  event({ type: _, ...frame }) {
    const event = this.#reader.event(frame);
    if (event && this.log.append(event)) {
      this.#options.onevents([event]);
    } else if (this.isDone) {
      this.#resume();
    }
  }

  /** The room can't go on from the end of the log: begins with the last page of history, and goes on from its end. */
  async startOver() {
    this.disconnected();
    this.log.reset(this.#welcomed);
    try {
      const page = await this.#options.request(`/events?limit=${HISTORY_PAGE}`);
      if (this.#options.connection.state.name === 'live' && this.log.last === undefined) {
        const events = readPage(page);
        this.log.appendPage(events, page.prev);
        this.#options.onevents(events);
        this.#resume();
      }
    } catch {
      // With nothing to resume from, the next connection begins with the last events.
      this.#options.connection.reconnect();
    }
    this.#options.onchange();
  }

  /**
   * The room will not be asked for a page before a pause is over.
   *
   * @param {number} pause
   */
  refused(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#resume(), pause);
  }

  async loadOlder() {
    const { base } = this.log;
    if (!base || this.isLoadingOlder) {
      return;
    }
    this.isLoadingOlder = true;
    this.error = undefined;
    this.#options.onchange();
    try {
      const page = await this.#options.request(`/events?before=${base + 1}&limit=${HISTORY_PAGE}`);
      this.log.prepend(readPage(page), page.prev);
    } catch (error) {
      this.error = { code: 'history', message: `Older messages could not be loaded. ${error}` };
    }
    this.isLoadingOlder = false;
    this.#options.onchange();
  }

  /** Nothing is live until the answer says that no more is waiting. */
  #resume() {
    this.isDone = false;
    this.#expectPage();
    this.#options.connection.send({ type: 'resume', after: this.log.last ?? 0 });
  }

  /** A room that doesn't answer, though its socket is alive, is connected to anew. */
  #expectPage() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#options.connection.reconnect(), ANSWER_TIMEOUT);
  }
}
