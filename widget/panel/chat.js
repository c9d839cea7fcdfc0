/**
 * The visitor's chat: at most one conversation at a time, which begins with the first message. Promises that the first
 * message is neither lost nor doubled: it is kept, by its `clientId`, until the server has answered, and is then
 * handed to the conversation's outbox with whatever was typed after it.
 *
 * All tabs of a visitor follow each other through the storage: one of them starts the conversation, the others see the
 * messages meanwhile and step in should it never come back.
 *
 * @typedef {import('../client/conversation.js').ConversationState} ConversationState
 * @typedef {import('../client/storage.js').KeyValueStorage} KeyValueStorage
 * @typedef {import('../../domain/bindings/wire.ts').StartedConversation} StartedConversation
 *
 * @typedef {object} FirstMessage A message that waits for its conversation.
 * @property {string} clientId
 * @property {string} text
 * @property {number} at
 * @property {string} [failed] Why the server refused to start a conversation with it.
 */
import { ApiError, authorizedRequest } from '../client/api.js';
import { ConversationClient, NOTHING_KNOWN } from '../client/conversation.js';
import { Observable } from '../client/observable.js';
import { nameForRetry, newClientId } from '../client/outbox.js';
import { retryDelay } from '../client/retry.js';
import { showMessages } from '../client/shown-messages.js';

const CURRENT = 'voxora.conversation';
const FIRST = 'voxora.first';
const CONVERSATIONS = '/api/v1/conversations';
/** Why a conversation is not this visitor's to go on with. @type {import('../client/connection.js').StopReason[]} */
const LEFT_BEHIND = ['not_found', 'forbidden', 'history_lost'];
const STEP_IN_AFTER = 10_000;

/** @extends {Observable<ConversationState>} */
export class Chat extends Observable {
  #storage;
  #session;
  /** @type {ConversationClient | undefined} */
  #client;
  /** @type {string | undefined} */
  #clientId;
  #isOpen = false;
  #isStarting = false;
  #failures = 0;
  #startTimer = 0;
  #nextAttemptAt = 0;

  /**
   * @param {object} options
   * @param {KeyValueStorage} options.storage
   * @param {import('./session.js').Session} options.session
   */
  constructor({ storage, session }) {
    super(() => this.#client?.state ?? this.#stateBefore());
    this.#storage = storage;
    this.#session = session;
    addEventListener('storage', ({ key }) => {
      if (key === CURRENT) {
        this.#follow();
      } else if (key === FIRST) {
        this.#startIn(STEP_IN_AFTER);
        this.changed();
      }
    });
    addEventListener('online', () => this.#start());
  }

  /** Whether there is, or soon will be, a conversation to come back to. */
  get isGoing() {
    return this.#currentId !== null || this.#first.length > 0;
  }

  /** Connects, if there is something to connect to. */
  async open() {
    if (this.#isOpen) {
      return;
    }
    this.#isOpen = true;
    this.#follow();
    this.#start();
    if (!this.isGoing && this.#session.visitorId) {
      await this.#findOpen().catch(() => undefined);
    }
  }

  /** @param {string} text */
  send(text) {
    if (this.#client) {
      this.#client.send(text);
    } else {
      this.#first = [...this.#first, { clientId: newClientId(), text, at: Date.now() }];
      this.#start();
    }
  }

  /** @param {string} outboxId */
  retry(outboxId) {
    if (this.#client) {
      this.#client.retry(outboxId);
    } else {
      this.#first = this.#first.map(({ failed, ...message }) =>
        message.clientId === outboxId
          ? { ...message, clientId: nameForRetry(outboxId, failed) }
          : { ...message, ...(failed !== undefined && { failed }) },
      );
      this.#start();
    }
  }

  /** @param {string} outboxId */
  discard(outboxId) {
    if (this.#client) {
      this.#client.discard(outboxId);
    } else {
      this.#first = this.#first.filter(({ clientId }) => clientId !== outboxId);
      this.#start();
    }
  }

  /**
   * @param {number} seq
   * @param {string} text
   */
  edit(seq, text) {
    this.#client?.edit(seq, text);
  }

  /** @param {number} seq */
  remove(seq) {
    this.#client?.remove(seq);
  }

  /** @param {boolean} active */
  typing(active) {
    if (this.#client) {
      this.#client.typing(active);
    } else if (active) {
      // The first message then has only its own way to go. Should it fail, sending tries again.
      this.#session.token().catch(() => undefined);
    }
  }

  markRead() {
    this.#client?.markRead();
  }

  loadOlder() {
    this.#client?.loadOlder();
  }

  reconnect() {
    if (this.#client) {
      this.#client.reconnect();
    } else {
      this.#start();
    }
  }

  /** Leaves the conversation, which has ended, for one that the next message begins. */
  startAnew() {
    this.#storage.removeItem(CURRENT);
    this.#follow();
  }

  get #currentId() {
    return this.#storage.getItem(CURRENT);
  }

  /** The messages that wait for a conversation to begin. @returns {FirstMessage[]} */
  get #first() {
    try {
      return JSON.parse(this.#storage.getItem(FIRST) ?? '[]');
    } catch {
      return [];
    }
  }

  set #first(messages) {
    if (messages.length) {
      this.#storage.setItem(FIRST, JSON.stringify(messages));
    } else {
      this.#storage.removeItem(FIRST);
    }
    this.changed();
  }

  /** Makes the client of the current conversation, if it isn't there already. */
  #follow() {
    const id = this.#isOpen ? this.#currentId : null;
    const visitorId = this.#session.visitorId;
    if (this.#client && id !== this.#clientId) {
      this.#client.close();
      this.#client = undefined;
    }
    if (!this.#client && id && visitorId) {
      const client = new ConversationClient({
        id,
        token: this.#session.token,
        me: { kind: 'visitor', id: visitorId, name: '' },
        storage: this.#storage,
      });
      client.subscribe(({ connection }) => {
        // Of a visitor that this browser no longer is, or from before a loss of the team's documents.
        if (connection.name === 'stopped' && LEFT_BEHIND.includes(connection.reason)) {
          this.startAnew();
        }
        this.changed();
      });
      this.#client = client;
      this.#clientId = id;
      client.open();
    }
    this.changed();
  }

  /** Finds the visitor's open conversation, where the browser forgot it. */
  async #findOpen() {
    /** @type {import('../../domain/bindings/wire.ts').List<import('../../domain/bindings/wire.ts').ConversationSummary>} */
    const { items } = await authorizedRequest(this.#session.token, `${CONVERSATIONS}?limit=5`);
    const open = items.find(({ status }) => status !== 'closed');
    if (open && !this.isGoing) {
      this.#adopt(open.id);
    }
  }

  /** @param {string} id */
  #adopt(id) {
    this.#storage.setItem(CURRENT, id);
    this.#follow();
  }

  /** @param {number} delay */
  #startIn(delay) {
    clearTimeout(this.#startTimer);
    this.#nextAttemptAt = Date.now() + delay;
    this.#startTimer = setTimeout(() => this.#start(), delay);
  }

  /** Starts a conversation with the first of the waiting messages that the server didn't refuse. */
  async #start() {
    const first = this.#first.find(({ failed }) => failed === undefined);
    if (!this.#isOpen || this.#isStarting || !first) {
      return;
    }
    clearTimeout(this.#startTimer);
    this.#nextAttemptAt = 0;
    this.#isStarting = true;
    this.changed();
    try {
      const { clientId, text } = first;
      /** @type {StartedConversation} */
      const { conversation } = await authorizedRequest(this.#session.token, CONVERSATIONS, {
        method: 'POST',
        body: { clientId, text },
      });
      this.#isStarting = false;
      this.#failures = 0;
      this.#adopt(conversation.id);
      // Handed over under their names: the first is in the conversation already, and is not sent again.
      for (const message of this.#first) {
        this.#client?.send(message.text, 'message', message.clientId);
      }
      this.#first = [];
    } catch (error) {
      this.#isStarting = false;
      if (error instanceof ApiError && !error.isTemporary) {
        const { code } = error;
        this.#first = this.#first.map((message) => (message.clientId === first.clientId ? { ...message, failed: code } : message));
        this.#start();
      } else {
        const delay = retryDelay(this.#failures, error instanceof ApiError ? error.retryAfterMs : 0);
        this.#failures += 1;
        this.#startIn(delay);
        this.changed();
      }
    }
  }

  /**
   * The state while there is no conversation.
   *
   * @returns {ConversationState}
   */
  #stateBefore() {
    const waits = this.#first.some(({ failed }) => failed === undefined);
    const nextAttemptAt = this.#nextAttemptAt;
    /** @type {import('../client/connection.js').ConnectionState} */
    const connection = !waits
      ? { name: 'idle' }
      : navigator.onLine === false
        ? { name: 'offline', nextAttemptAt }
        : this.#isStarting || !this.#failures
          ? { name: 'connecting' }
          : { name: 'waiting', nextAttemptAt };
    /** @type {import('../../domain/bindings/wire.ts').Actor} */
    const actor = { kind: 'visitor', id: this.#session.visitorId ?? '', name: '' };
    return {
      ...NOTHING_KNOWN,
      connection,
      caughtUp: true,
      messages: showMessages([], this.#first.map(asItem), actor),
      delivered: !waits,
    };
  }
}

/**
 * @param {FirstMessage} message
 * @returns {import('../client/outbox.js').OutboxItem}
 */
function asItem({ clientId, text, ...rest }) {
  return { frame: { type: 'send', clientId, kind: 'message', text }, ...rest };
}
