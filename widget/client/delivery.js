/**
 * Brings what is in the outbox to the room: one item at a time, each until its ack, in order. Promises that nothing is
 * sent twice under two names or out of order, that a refusal holds up nothing but itself, and that an item is shown
 * without a break from the moment it was made until its event is here. A room that doesn't answer is connected to anew.
 *
 * @typedef {import('../../domain/bindings/wire.ts').FrameError} FrameError
 * @typedef {import('./outbox.js').NamedFrame} NamedFrame
 * @typedef {import('./outbox.js').OutboxItem} OutboxItem
 */
import { MESSAGE_CHARACTERS } from '../../domain/bindings/wire-values.js';
import { Outbox } from './outbox.js';
import { pauseAfter } from './refusals.js';
import { ANSWER_TIMEOUT } from './retry.js';
import { countCharacters, wellFormed } from './text.js';

export class Delivery {
  #outbox;
  #isReady;
  #connection;
  /** The longest text, in characters. */
  limit = MESSAGE_CHARACTERS;
  /** The `clientId` of the frame whose ack is awaited. @type {string | undefined} */
  #inFlight;
  /** Acked items whose events aren't here yet, with their `seq`. @type {Map<OutboxItem, number>} */
  #acked = new Map();
  /** Nothing is sent before this moment: the room asked for patience. */
  #pausedUntil = 0;
  #wakeTimer = 0;
  #answerTimer = 0;

  /**
   * @param {object} options
   * @param {import('./facilities.js').KeyValueStorage} options.storage
   * @param {string} options.account
   * @param {string} options.conversation
   * @param {() => boolean} options.isReady Whether the room listens and all that was stored is here.
   * @param {Pick<import('./conversation.js').RoomConnection, 'send' | 'reconnect'>} options.connection What carries a
   *   frame to the room. Its answer comes as `acked` or `refused`.
   * @param {() => void} options.onchange Called when another tab changed what is to be delivered.
   */
  constructor({ storage, account, conversation, isReady, connection, onchange }) {
    this.#isReady = isReady;
    this.#connection = connection;
    this.#outbox = new Outbox({
      storage,
      account,
      conversation,
      onchange: () => {
        this.next();
        onchange();
      },
    });
  }

  /** What the log does not show yet, in order. @returns {OutboxItem[]} */
  get items() {
    return [...this.#acked.keys(), ...this.#outbox.items];
  }

  /** Whether nothing waits to be delivered; what was refused waits for the person alone. */
  get isDone() {
    return this.#outbox.items.every(({ failed }) => failed !== undefined);
  }

  close() {
    clearTimeout(this.#wakeTimer);
    clearTimeout(this.#answerTimer);
    this.#outbox.close();
  }

  /** @param {NamedFrame} frame */
  submit(frame) {
    this.#outbox.add('text' in frame ? { ...frame, text: wellFormed(frame.text) } : frame, Date.now());
    this.next();
  }

  /**
   * Takes over what waited elsewhere. What was refused there goes on waiting for the person.
   *
   * @param {OutboxItem[]} items
   */
  take(items) {
    items.forEach((item) => this.#outbox.put(item));
    this.next();
  }

  /** The messages and notes that are not stored yet, in order. */
  get unsent() {
    return this.#outbox.items.filter(({ frame }) => frame.type === 'send');
  }

  /** @param {string} clientId */
  retry(clientId) {
    this.#outbox.retry(clientId, Date.now());
    this.next();
  }

  /** @param {string} clientId */
  discard(clientId) {
    this.#outbox.remove(clientId);
  }

  /** Sends the next item, unless one is under way: the order of sending is the order of storing. */
  next() {
    if (!this.#isReady() || this.#inFlight !== undefined) {
      return;
    }
    const now = Date.now();
    const item = now >= this.#pausedUntil ? this.#outbox.next(now) : undefined;
    if (item) {
      const { frame } = item;
      if ('text' in frame && countCharacters(frame.text) > this.limit) {
        this.#outbox.fail(frame.clientId, 'message_too_long');
        this.next();
      } else if (this.#connection.send(frame)) {
        this.#inFlight = frame.clientId;
        clearTimeout(this.#answerTimer);
        this.#answerTimer = setTimeout(() => this.#connection.reconnect(), ANSWER_TIMEOUT);
      }
      return;
    }
    const wakeAt = Math.max(this.#pausedUntil, this.#outbox.adoptsAt ?? 0);
    if (wakeAt > now) {
      clearTimeout(this.#wakeTimer);
      this.#wakeTimer = setTimeout(() => this.next(), wakeAt - now);
    }
  }

  /** Another connection begins, whose room has asked for nothing yet. */
  connected() {
    this.#pausedUntil = 0;
  }

  /** What was under way may have arrived or not; it is sent again under its name. */
  disconnected() {
    this.#inFlight = undefined;
    clearTimeout(this.#answerTimer);
  }

  /**
   * The room has stored an item. It stays among `items` until its event is here.
   *
   * @param {string} clientId
   * @param {number} seq
   * @param {number} last The `seq` up to which the events are here.
   */
  acked(clientId, seq, last) {
    const item = this.#outbox.get(clientId);
    this.#outbox.remove(clientId);
    if (item && seq > last) {
      this.#acked.set(item, seq);
    }
    this.#answered(clientId);
  }

  /**
   * Events came. What is in the log needs no sending any more, even if its ack was lost.
   *
   * @param {string[]} clientIds Those of the person's own events.
   * @param {number} last The `seq` up to which the events are here.
   */
  settle(clientIds, last) {
    clientIds.forEach((clientId) => this.#outbox.remove(clientId));
    for (const [item, seq] of this.#acked) {
      if (seq <= last) {
        this.#acked.delete(item);
      }
    }
  }

  /**
   * @param {FrameError} error
   * @returns {boolean} Whether it was about something that is delivered here.
   */
  refused(error) {
    const { code, clientId } = error;
    // A frame that could not even be parsed is answered without its name. Only what is under way can be meant.
    const about = clientId ?? (code === 'malformed_frame' ? this.#inFlight : undefined);
    if (about === undefined) {
      return false;
    }
    const pause = pauseAfter(error);
    if (pause === undefined) {
      this.#outbox.fail(about, code);
    } else {
      this.#pausedUntil = Date.now() + pause;
    }
    this.#answered(about);
    return true;
  }

  /** @param {string} clientId */
  #answered(clientId) {
    if (clientId === this.#inFlight) {
      this.#inFlight = undefined;
      clearTimeout(this.#answerTimer);
    }
    this.next();
  }
}
