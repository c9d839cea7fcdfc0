/**
 * How far the person has read, and that the room hears of it: once, again when it may have been lost, and no sooner
 * than the room wants to hear.
 */
import { areAcross, sideOf } from './actors.js';

export class ReadMark {
  #known;
  #send;
  /** How far the person has read. */
  #upTo = 0;
  /** How far the room was told of it, on this connection. */
  #sent = 0;
  /** Runs while the room has asked for patience. */
  #pause = 0;

  /**
   * @param {object} options
   * @param {() => number} options.known How far the room knows this side to have read.
   * @param {(upTo: number) => boolean} options.send Says whether it could be sent.
   */
  constructor({ known, send }) {
    this.#known = known;
    this.#send = send;
  }

  /**
   * The person has read up to here.
   *
   * @param {number} seq
   */
  set(seq) {
    this.#upTo = seq;
    this.tell();
  }

  /** Tells the room, if it is news. */
  tell() {
    const upTo = this.#upTo;
    if (!this.#pause && upTo > Math.max(this.#known(), this.#sent) && this.#send(upTo)) {
      this.#sent = upTo;
    }
  }

  /** Another connection begins: what the last one was told may be lost, and its impatience is over. */
  connected() {
    this.#sent = 0;
    this.#endPause();
  }

  /**
   * The room refused a signal for haste, and it may have been this one. Until the pause is over nothing is told at all:
   * whoever is shown the refusal marks as read again, and that would be refused again, until the room takes it for
   * abuse.
   *
   * @param {number} pause
   */
  refused(pause) {
    this.connected();
    this.#pause = setTimeout(() => {
      this.#endPause();
      this.tell();
    }, pause);
  }

  close() {
    this.#endPause();
  }

  #endPause() {
    clearTimeout(this.#pause);
    this.#pause = 0;
  }
}

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
