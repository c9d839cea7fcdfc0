/**
 * The token that a socket lives on. A room keeps a socket no longer than the token it was opened with is good
 * (`until`), so the session's next token is handed to it in good time. Promises that a token which the server did not
 * take is not offered to it again.
 *
 * @typedef {import('./api.js').TokenSource} TokenSource
 */

/**
 * How long before `until` another token is asked for, at the least: a page in the background has its timers called once
 * a minute.
 */
const MARGIN = 90_000;

export class SocketToken {
  #source;
  #current = '';
  /** Whether the server has refused the current one. */
  #isRefused = false;
  /** Whether the current one was handed to a socket that has not answered yet. */
  #isOffered = false;
  #renewAt = Infinity;

  /** @param {TokenSource} source */
  constructor(source) {
    this.#source = source;
  }

  /** A token for another socket. */
  take() {
    return this.#source(this.#isRefused ? { insteadOf: this.#current } : {});
  }

  /**
   * The token for this socket, if the session has one that the socket doesn't have, or should have another by now. One
   * that was offered and neither accepted nor refused since is offered again: the server may have had trouble.
   *
   * @returns {Promise<string | undefined>}
   */
  async next() {
    const isDue = Date.now() >= this.#renewAt;
    const token = await this.#source(isDue ? { insteadOf: this.#current } : {});
    return token === this.#current && !this.#isOffered ? undefined : token;
  }

  /** @param {string} token The socket is being opened with it. */
  opening(token) {
    this.#use(token);
    this.#isOffered = false;
  }

  /** @param {string} token It was sent to the open socket. */
  offered(token) {
    this.#use(token);
    this.#isOffered = true;
  }

  /**
   * @param {number} until When the server will end the socket, by its clock.
   * @param {number} heartbeat How often `next` is asked, in milliseconds.
   */
  accepted(until, heartbeat) {
    const margin = Math.max(MARGIN, 3 * heartbeat);
    this.#isOffered = false;
    // A clock that is far off, or a token that is about to end, would have us ask without pause. The session knows how
    // long its tokens are good without reading a clock of the server's; that alone has to do then.
    this.#renewAt = until - Date.now() > margin ? until - margin : Infinity;
  }

  /** The server does not take it any more. */
  refused() {
    this.#isRefused = true;
  }

  /**
   * Whether an `error` frame refuses the token rather than what the owner asked for.
   *
   * @param {{ code: string, clientId?: string }} error
   */
  isRefusedBy({ code, clientId }) {
    return code === 'unauthenticated' || (code === 'forbidden' && clientId === undefined && this.#isOffered);
  }

  /** @param {string} token */
  #use(token) {
    this.#current = token;
    this.#isRefused = false;
    this.#renewAt = Infinity;
  }
}
