/**
 * Tells the room that the person is typing: at most every three seconds (a throttle), and that they have stopped once
 * no key has come for four (a debounce).
 */

const REPEAT = 3_000;
const SILENCE = 4_000;

export class TypingSignal {
  #send;
  #sentAt = 0;
  #timer = 0;

  /** @param {(active: boolean) => boolean} send Says whether it could be sent. */
  constructor(send) {
    this.#send = send;
  }

  /**
   * The person has pressed a key, or has stopped.
   *
   * @param {boolean} active
   */
  set(active) {
    clearTimeout(this.#timer);
    const now = Date.now();
    if (active) {
      this.#timer = setTimeout(() => this.set(false), SILENCE);
      if (now - this.#sentAt >= REPEAT && this.#send(true)) {
        this.#sentAt = now;
      }
    } else if (this.#sentAt) {
      this.#sentAt = 0;
      this.#send(false);
    }
  }

  /** What the room knew of it went with the connection. */
  disconnected() {
    this.#sentAt = 0;
  }

  close() {
    clearTimeout(this.#timer);
  }
}
