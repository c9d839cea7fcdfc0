/**
 * Keeps one `voxora.v1` socket alive. Promises that there is never more than one socket, that a dead one is noticed
 * within a heartbeat and ten seconds (at once on waking up), that trying again is patient and never endless when the
 * server has said no, and that the owner always knows in which of these states it is:
 *
 *     idle        not opened, or closed by the owner
 *     connecting  asking for a token or a socket
 *     live        welcomed; frames go both ways
 *     waiting     the next attempt begins at `nextAttemptAt`
 *     offline     as waiting and connecting, while the browser says that there is no network
 *     stopped     the server refused for good, for `reason`; only `reconnect` tries again
 *
 * What the frames mean is the owner's business, but for these: `welcome` makes the connection live and names the
 * heartbeat; `page` (or `reset`) proves that it works, and lets the next failure be retried soon; `renewed`, and an
 * `error` that refuses the token, are about the token alone.
 *
 * With every heartbeat the socket gets the session's newer token, if there is one. When the server ends it all the same
 * (4401: the token ran out, or what it stood for was taken back), the connection asks for another token and is back at
 * once; if it can have none, it stops.
 *
 * @typedef {{ name: 'idle' }
 *   | { name: 'connecting' }
 *   | { name: 'live' }
 *   | { name: 'waiting', nextAttemptAt: number }
 *   | { name: 'offline', nextAttemptAt: number }
 *   | { name: 'stopped', reason: StopReason }} ConnectionState
 * @typedef {import('./api.js').ProblemCode | 'policy_violation' | 'frame_too_large'} StopReason
 */

import {
  BEARER_SUBPROTOCOL_PREFIX,
  CLOSE_HISTORY_LOST,
  CLOSE_OUT_OF_REACH,
  CLOSE_SESSION_ENDED,
  SUBPROTOCOL,
} from '../../domain/bindings/wire-values.js';
import { ApiError } from './api.js';
import { retryDelay } from './retry.js';
import { SocketToken } from './socket-token.js';

const CONNECT_TIMEOUT = 10_000;
const PONG_TIMEOUT = 10_000;
const STABLE_AFTER = 60_000;
/** The close codes after which trying again is pointless, and why. @type {Record<number, StopReason>} */
const FINAL = {
  1008: 'policy_violation',
  1009: 'frame_too_large',
  [CLOSE_OUT_OF_REACH]: 'forbidden',
  [CLOSE_HISTORY_LOST]: 'history_lost',
};

/**
 * @template ClientFrame
 * @template ServerFrame
 */
export class Connection {
  #options;
  /** @type {ConnectionState} */
  #state = { name: 'idle' };
  /** @type {WebSocket | undefined} */
  #socket;
  /** Names the attempt under way; whatever belongs to an older one is void. */
  #attempt = 0;
  #failures = 0;
  /** How often in a row the server has ended the session of a socket. */
  #endings = 0;
  #token;
  /** Whether the last socket was refused before it opened: then the token may be to blame. */
  #refusedLast = false;
  #heartbeat = 30_000;
  #lastPong = 0;
  #timers = { retry: 0, connect: 0, ping: 0, pong: 0, stable: 0 };

  /**
   * @param {object} options
   * @param {(after: number | undefined) => string} options.url
   * @param {() => number | undefined} options.after The last `seq` the owner has.
   * @param {import('./api.js').TokenSource} options.token
   * @param {() => Promise<unknown>} options.probe Asks over REST for what the socket is about, with a new token if it
   *   takes one. Called before the next attempt when a socket was refused, because a browser does not tell why: an
   *   `ApiError` that is not temporary, from here or from `token`, stops the connection.
   * @param {(frame: ServerFrame) => void} options.onframe
   * @param {(state: ConnectionState) => void} options.onstate
   */
  constructor(options) {
    this.#options = options;
    this.#token = new SocketToken(options.token);
  }

  get state() {
    return this.#state;
  }

  open() {
    if (this.#state.name !== 'idle') {
      return;
    }
    addEventListener('online', this.#wake);
    addEventListener('offline', this.#lostNetwork);
    addEventListener('pageshow', this.#wake);
    document.addEventListener('visibilitychange', this.#wake);
    this.#connect();
  }

  close() {
    removeEventListener('online', this.#wake);
    removeEventListener('offline', this.#lostNetwork);
    removeEventListener('pageshow', this.#wake);
    document.removeEventListener('visibilitychange', this.#wake);
    this.#drop();
    this.#failures = this.#endings = 0;
    this.#refusedLast = false;
    this.#enter({ name: 'idle' });
  }

  /** Drops what there is and tries again now, even after a refusal. */
  reconnect() {
    if (this.#state.name !== 'idle') {
      this.#failures = 0;
      this.#connect();
    }
  }

  /**
   * @param {ClientFrame} frame
   * @returns {boolean} Whether it was handed to a live socket; whether it arrived, only an answer tells.
   */
  send(frame) {
    return this.#send(frame);
  }

  /** @param {ClientFrame | { type: 'renew', token: string }} frame */
  #send(frame) {
    if (this.#state.name !== 'live' || this.#socket?.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  async #connect() {
    this.#drop();
    const attempt = this.#attempt;
    this.#enter({ name: 'connecting' });
    try {
      if (this.#refusedLast) {
        await this.#options.probe();
      }
      const token = await this.#token.take();
      if (attempt === this.#attempt) {
        this.#openSocket(token);
      }
    } catch (error) {
      if (attempt !== this.#attempt) {
        return;
      }
      if (error instanceof ApiError && !error.isTemporary) {
        this.#stop(error.code);
      } else {
        this.#retry(error instanceof ApiError ? error.retryAfterMs : 0);
      }
    }
  }

  /** @param {string} token */
  #openSocket(token) {
    this.#token.opening(token);
    const socket = new WebSocket(this.#options.url(this.#options.after()), [SUBPROTOCOL, BEARER_SUBPROTOCOL_PREFIX + token]);
    this.#socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
    };
    socket.onmessage = ({ data }) => {
      for (const frame of data.split('\n')) {
        // What one frame says may be the end of this socket.
        if (socket === this.#socket) {
          this.#receive(frame);
        }
      }
    };
    socket.onclose = ({ code }) => {
      this.#refusedLast = !opened;
      if (code === CLOSE_SESSION_ENDED) {
        this.#comeBack();
      } else if (FINAL[code]) {
        this.#stop(FINAL[code]);
      } else {
        this.#retry();
      }
    };
    this.#timers.connect = setTimeout(() => {
      this.#refusedLast = !opened;
      this.#retry();
    }, CONNECT_TIMEOUT);
  }

  /** @param {string} text */
  #receive(text) {
    if (text === 'pong') {
      this.#lastPong = Date.now();
      clearTimeout(this.#timers.pong);
      return;
    }
    /** @type {any} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      // Not ours to understand; a room of a later version may say more than this client knows.
      return;
    }
    if (frame.type === 'welcome') {
      clearTimeout(this.#timers.connect);
      this.#refusedLast = false;
      this.#heartbeat = frame.heartbeatSeconds * 1000;
      this.#lastPong = Date.now();
      this.#timers.ping = setTimeout(this.#ping, this.#heartbeat);
      this.#timers.stable = setTimeout(() => (this.#failures = this.#endings = 0), STABLE_AFTER);
      this.#token.accepted(frame.until, this.#heartbeat);
      this.#enter({ name: 'live' });
    } else if (frame.type === 'page' || frame.type === 'reset') {
      this.#failures = 0;
    } else if (frame.type === 'renewed') {
      this.#token.accepted(frame.until, this.#heartbeat);
      return;
    } else if (frame.type === 'error' && this.#token.isRefusedBy(frame)) {
      this.#comeBack();
      return;
    }
    this.#options.onframe(frame);
  }

  #ping = () => {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      return;
    }
    this.#socket.send('ping');
    clearTimeout(this.#timers.ping);
    this.#timers.ping = setTimeout(this.#ping, this.#heartbeat);
    clearTimeout(this.#timers.pong);
    this.#timers.pong = setTimeout(() => this.#retry(), PONG_TIMEOUT);
    this.#renew();
  };

  /** Lets the socket outlive the token it was opened with. */
  async #renew() {
    const attempt = this.#attempt;
    // If there is no token to be had now, the next heartbeat asks again; if there never is, the server ends the socket.
    const token = await this.#token.next().catch(() => undefined);
    if (token !== undefined && attempt === this.#attempt && this.#send({ type: 'renew', token })) {
      this.#token.offered(token);
    }
  }

  /** With another token, at once; not at once again if the server goes on like this. */
  #comeBack() {
    this.#token.refused();
    this.#endings += 1;
    if (this.#endings === 1) {
      this.#connect();
    } else {
      this.#retry(retryDelay(this.#endings));
    }
  }

  /** The page or the network is back: whatever was being waited for, the wait is over. */
  #wake = () => {
    if (document.visibilityState === 'hidden') {
      return;
    }
    if (this.#state.name === 'waiting' || this.#state.name === 'offline') {
      this.#connect();
    } else if (this.#state.name === 'live') {
      if (Date.now() - this.#lastPong > this.#heartbeat + PONG_TIMEOUT) {
        this.#connect();
      } else {
        this.#ping();
      }
    }
  };

  /**
   * Not believed blindly: browsers are known to be wrong about it, and a server on this very machine stays in reach.
   * So the socket is dropped, and attempts go on.
   */
  #lostNetwork = () => {
    if (this.#state.name !== 'idle' && this.#state.name !== 'stopped') {
      this.#retry();
    }
  };

  #retry(atLeast = 0) {
    this.#drop();
    const delay = retryDelay(this.#failures, atLeast);
    this.#failures += 1;
    this.#timers.retry = setTimeout(() => this.#connect(), delay);
    this.#enter({ name: 'waiting', nextAttemptAt: Date.now() + delay });
  }

  /** @param {StopReason} reason */
  #stop(reason) {
    this.#drop();
    this.#enter({ name: 'stopped', reason });
  }

  #drop() {
    this.#attempt += 1;
    for (const timer of Object.values(this.#timers)) {
      clearTimeout(timer);
    }
    const socket = this.#socket;
    if (socket) {
      this.#socket = undefined;
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  /** @param {ConnectionState} state */
  #enter(state) {
    if (navigator.onLine === false && (state.name === 'connecting' || state.name === 'waiting')) {
      state = { name: 'offline', nextAttemptAt: state.name === 'waiting' ? state.nextAttemptAt : Date.now() };
    }
    const before = this.#state;
    this.#state = state;
    if (before.name !== state.name || state.name === 'waiting' || state.name === 'stopped') {
      this.#options.onstate(state);
    }
  }
}
