/**
 * A fact about the person that the room is to know and does not store: how far they have read, whether they look at the
 * conversation. Promises that the room hears of it once, again when that may have been lost, and no sooner than it wants
 * to hear.
 *
 * @template T
 */
export class Signal {
  #initial;
  #isNews;
  #send;
  /** @type {T} */
  #value;
  /** What the room was told on this connection; `undefined` when that may have been refused. @type {T | undefined} */
  #told;
  /** Runs while the room has asked for patience. */
  #pause = 0;

  /**
   * @param {object} options
   * @param {T} options.initial What a room takes for granted of a new connection.
   * @param {(value: T, told: T | undefined) => boolean} options.isNews Whether the room does not know it.
   * @param {(value: T) => boolean} options.send Says whether it could be sent.
   */
  constructor({ initial, isNews, send }) {
    this.#value = this.#told = this.#initial = initial;
    this.#isNews = isNews;
    this.#send = send;
  }

  /** @param {T} value It is so from now on. */
  set(value) {
    this.#value = value;
    this.tell();
  }

  /** Tells the room, if it is news. */
  tell() {
    if (!this.#pause && this.#isNews(this.#value, this.#told) && this.#send(this.#value)) {
      this.#told = this.#value;
    }
  }

  /** Another connection begins: what the last one was told may be lost, and its impatience is over. */
  connected() {
    this.#told = this.#initial;
    this.#endPause();
  }

  /**
   * The room refused a signal for haste, and it may have been this one. Until the pause is over nothing is told at all:
   * whoever is shown the refusal says it again, and that would be refused again, until the room takes it for abuse.
   *
   * @param {number} pause
   */
  refused(pause) {
    this.#endPause();
    this.#told = undefined;
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
