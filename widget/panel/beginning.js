/**
 * A conversation that has not begun: what waits for it, and how it begins, with the first message, over REST. Promises
 * that this message has the same rights as all that follow: it waits in an outbox under its `clientId`, over reloads and
 * in every tab, is held to the same limits, is refused, sent again and discarded alike. So it is neither lost nor
 * doubled, and what was refused is not sent before the person says so.
 *
 * Messages also wait here while the conversation is there already and its client is not yet.
 *
 * @typedef {import('../client/conversation-state.js').ConversationState} ConversationState
 * @typedef {import('../client/outbox.js').OutboxItem} OutboxItem
 * @typedef {import('../../domain/bindings/wire.ts').StartedConversation} StartedConversation
 */
import { ApiError, authorizedRequest } from '../client/api.js';
import { NOTHING_KNOWN } from '../client/conversation-state.js';
import { Delivery } from '../client/delivery.js';
import { newClientId } from '../client/outbox.js';
import { retryDelay } from '../client/retry.js';
import { showMessages } from '../client/shown-messages.js';

/** Where the version before this one kept first messages. */
const FORMERLY = 'voxora.first';

export class Beginning {
  #options;
  #delivery;
  #isAsking = false;
  #failures = 0;
  #nextAttemptAt = 0;

  /**
   * @param {object} options
   * @param {import('../client/facilities.js').KeyValueStorage} options.storage
   * @param {import('./session.js').Session} options.session
   * @param {() => boolean} options.hasBegun Whether the conversation is there, and its client is to come.
   * @param {() => boolean} options.mayBegin
   * @param {(id: string) => void} options.onbegun
   * @param {() => void} options.onchange
   */
  constructor(options) {
    this.#options = options;
    const { storage, mayBegin } = options;
    this.#delivery = new Delivery({
      storage,
      // Whose it is will be known once there is a session.
      account: '',
      conversation: 'first',
      isReady: () => mayBegin() && !this.#isAsking,
      connection: {
        send: (frame) => {
          this.#begin(frame);
          return true;
        },
        // A request ends by itself.
        reconnect() {},
      },
      onchange: options.onchange,
    });
    this.#takeFormer(storage);
    addEventListener('online', () => this.reconnect());
  }

  /** Whether nothing waits. */
  get isEmpty() {
    return this.#delivery.unsent.length === 0;
  }

  /** @param {string} text */
  send(text) {
    this.#delivery.submit({ type: 'send', clientId: newClientId(), kind: 'message', text });
    this.#options.onchange();
  }

  /** @param {string} outboxId */
  retry(outboxId) {
    this.#delivery.retry(outboxId);
    this.#options.onchange();
  }

  /** @param {string} outboxId */
  discard(outboxId) {
    this.#delivery.discard(outboxId);
    this.next();
  }

  /** @param {OutboxItem[]} items */
  take(items) {
    this.#delivery.take(items);
    this.#options.onchange();
  }

  /**
   * Hands everything over to the conversation that has begun, which keeps it under the same names: what is in its log
   * already is not sent again.
   *
   * @param {{ take(items: OutboxItem[]): void }} client
   */
  handTo(client) {
    const { unsent } = this.#delivery;
    if (unsent.length) {
      client.take(unsent);
      unsent.forEach(({ frame }) => this.#delivery.discard(frame.clientId));
    }
  }

  /** Goes on, as patiently as the server wants it. */
  next() {
    this.#delivery.next();
    this.#options.onchange();
  }

  /** Tries now. */
  reconnect() {
    this.#delivery.connected();
    this.next();
  }

  /** @param {import('../../domain/bindings/wire.ts').ClientFrame} frame */
  async #begin(frame) {
    if (frame.type !== 'send') {
      return;
    }
    const { clientId, text } = frame;
    this.#isAsking = true;
    try {
      /** @type {StartedConversation} */
      const { conversation } = await authorizedRequest(this.#options.session.token, '/api/v1/conversations', {
        method: 'POST',
        body: { clientId, text },
      });
      this.#isAsking = false;
      this.#failures = 0;
      this.#delivery.disconnected();
      this.#options.onbegun(conversation.id);
    } catch (error) {
      this.#isAsking = false;
      const message = String(error);
      if (error instanceof ApiError && !error.isTemporary) {
        this.#delivery.refused({ code: /** @type {any} */ (error.code), message, clientId });
      } else {
        const retryAfterMs = retryDelay(this.#failures, error instanceof ApiError ? error.retryAfterMs : 0);
        this.#failures += 1;
        this.#nextAttemptAt = Date.now() + retryAfterMs;
        this.#delivery.refused({ code: 'rate_limited', message, clientId, retryAfterMs });
      }
      this.#options.onchange();
    }
  }

  /** @param {import('../client/facilities.js').KeyValueStorage} storage */
  #takeFormer(storage) {
    try {
      /** @type {{ clientId: string, text: string, at: number, failed?: string }[]} */
      const former = JSON.parse(storage.getItem(FORMERLY) ?? '[]');
      this.#delivery.take(
        former.map(({ clientId, text, ...rest }) => ({ frame: { type: 'send', clientId, kind: 'message', text }, ...rest })),
      );
    } catch {
      // Nothing that we have written.
    }
    storage.removeItem(FORMERLY);
  }

  /** @returns {ConversationState} */
  get state() {
    const { hasBegun, session } = this.#options;
    const { unsent, isDone } = this.#delivery;
    /** @type {import('../../domain/bindings/wire.ts').Actor} */
    const me = { kind: 'visitor', id: session.visitorId ?? '', name: '' };
    return {
      ...NOTHING_KNOWN,
      connection: this.#connection(hasBegun() || !isDone),
      caughtUp: !hasBegun(),
      messages: showMessages([], unsent, me),
      delivered: isDone,
    };
  }

  /**
   * @param {boolean} isWanted
   * @returns {import('../client/connection.js').ConnectionState}
   */
  #connection(isWanted) {
    const nextAttemptAt = this.#nextAttemptAt;
    if (!isWanted) {
      return { name: 'idle' };
    }
    if (navigator.onLine === false) {
      return { name: 'offline', nextAttemptAt };
    }
    return this.#failures && !this.#isAsking && !this.#options.hasBegun() ? { name: 'waiting', nextAttemptAt } : { name: 'connecting' };
  }
}
