/**
 * The visitor's chat: one conversation on screen, which begins with the first message, and those they have left.
 * Promises that nothing is lost on the way from one to another: what could not be sent goes with the visitor into the
 * conversation that takes the place of one that has ended, and whatever an agent still says in a conversation that was
 * left is heard.
 *
 * All tabs of a visitor follow each other through the storage: one of them starts the conversation, the others see the
 * messages meanwhile and step in should it never come back.
 *
 * @typedef {import('../client/conversation.js').ConversationClient} ConversationClient
 * @typedef {import('../client/conversation-state.js').ConversationState} ConversationState
 * @typedef {import('../client/outbox.js').OutboxItem} OutboxItem
 * @typedef {import('../../domain/bindings/wire.ts').ConversationSummary} ConversationSummary
 * @typedef {Pick<typeof import('../client/conversation.js'), 'ConversationClient'>} Parts
 */
import { CLIENT_ID_BYTES } from '../../domain/bindings/wire-values.js';
import { authorizedRequest } from '../client/api.js';
import { Observable } from '../client/observable.js';
import { newClientId } from '../client/outbox.js';
import { Beginning } from './beginning.js';

const CURRENT = 'voxora.conversation';
const LEFT = 'voxora.left';
/** How many of the conversations that were left last are listened to. */
const LISTENED_TO = 2;
/** Why a conversation is not this visitor's to go on with. @type {import('../client/connection.js').StopReason[]} */
const LEFT_BEHIND = ['not_found', 'forbidden', 'history_lost'];

/** @extends {Observable<ConversationState>} */
export class Chat extends Observable {
  #storage;
  #session;
  #beginning;
  /** The conversations that are listened to. @type {Map<string, ConversationClient>} */
  #clients = new Map();
  #loadParts;
  /** @type {Parts | undefined} */
  #parts;
  #isLoading = false;
  /** Whether what conversations need could not be loaded. */
  #isCut = false;
  #isOpen = false;
  #isViewed = false;

  /**
   * @param {object} options
   * @param {import('../client/facilities.js').KeyValueStorage} options.storage
   * @param {import('./session.js').Session} options.session
   * @param {() => Promise<Parts>} options.load Loads what a conversation needs and a first message doesn't.
   */
  constructor({ storage, session, load }) {
    super(() => this.#makeState());
    this.#loadParts = load;
    this.#storage = storage;
    this.#session = session;
    this.#beginning = new Beginning({
      storage,
      session,
      hasBegun: () => this.id !== null,
      mayBegin: () => this.#isOpen && this.id === null,
      onbegun: (id) => this.goTo(id),
      onchange: () => this.changed(),
    });
    addEventListener('storage', ({ key }) => key === CURRENT && this.#follow());
    addEventListener('online', () => this.#follow());
  }

  /** The conversation on screen; `null` while it has not begun. */
  get id() {
    // Of a visitor whom this browser has forgotten, it is nobody's.
    return this.hasHistory ? this.#storage.getItem(CURRENT) : null;
  }

  /** Whether there is, or soon will be, a conversation to come back to. */
  get isGoing() {
    return this.id !== null || !this.#beginning.isEmpty;
  }

  /** Whether this visitor may have conversations: nobody asks the server for those of somebody who never wrote. */
  get hasHistory() {
    return this.#session.visitorId !== undefined;
  }

  /** The longest message, in characters. @type {number | undefined} */
  get messageCharacters() {
    return this.#client?.messageCharacters;
  }

  /** The conversations that are listened to and not on screen, with what nobody has read in them. */
  get elsewhere() {
    return [...this.#clients].flatMap(([id, { state }]) => (id === this.id ? [] : [{ id, ...state }]));
  }

  /** Connects, if there is something to connect to. */
  async open() {
    if (this.#isOpen) {
      return;
    }
    this.#isOpen = true;
    this.#follow();
    if (!this.isGoing && this.hasHistory) {
      const conversations = await this.list().catch(() => []);
      // The browser may have forgotten it. What the visitor has left they have left.
      const open = conversations.find(({ status, id }) => status !== 'closed' && !this.#left.includes(id));
      if (open && !this.isGoing) {
        this.goTo(open.id);
      }
    }
  }

  /** The visitor's conversations, newest first. @returns {Promise<ConversationSummary[]>} */
  async list() {
    /** @type {import('../../domain/bindings/wire.ts').List<ConversationSummary>} */
    const { items } = await authorizedRequest(this.#session.token, '/api/v1/conversations?limit=30');
    return items;
  }

  /** @param {string} text */
  send(text) {
    this.#shown.send(text);
    this.load();
  }

  /** @param {string} outboxId */
  retry(outboxId) {
    this.#shown.retry(outboxId);
  }

  /** @param {string} outboxId */
  discard(outboxId) {
    this.#shown.discard(outboxId);
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
      // The first message then has only its own way to go. Should any of it fail, sending tries again.
      this.#session.token().catch(() => undefined);
      this.load();
    }
  }

  markRead() {
    this.#client?.markRead();
  }

  /** @param {boolean} isViewed Whether the visitor has the chat before their eyes. */
  view(isViewed) {
    this.#isViewed = isViewed;
    this.#tellViewed();
  }

  loadOlder() {
    this.#client?.loadOlder();
  }

  reconnect() {
    if (this.#isCut) {
      // Some browsers never ask again for a script that they could not get.
      location.reload();
    }
    this.#shown.reconnect();
  }

  /** Leaves the conversation, which has ended, for one that the next message begins. */
  startAnew() {
    this.goTo(null);
  }

  /**
   * Puts a conversation on screen, in place of the one before; `null`: one that is yet to begin.
   *
   * @param {string | null} id
   */
  goTo(id) {
    const before = this.id;
    if (id === null) {
      // Before the other tabs hear of it, which would do the same.
      this.#carryOver();
    }
    this.#left = [...(before === null ? [] : [before]), ...this.#left].filter((other) => other !== id);
    if (id === null) {
      this.#storage.removeItem(CURRENT);
    } else {
      this.#storage.setItem(CURRENT, id);
    }
    this.#follow();
  }

  get #client() {
    return this.#clients.get(this.id ?? '');
  }

  get #shown() {
    return this.#client ?? this.#beginning;
  }

  /** The conversations left last, the last one first. @returns {string[]} */
  get #left() {
    try {
      return JSON.parse(this.#storage.getItem(LEFT) ?? '[]');
    } catch {
      return [];
    }
  }

  set #left(ids) {
    this.#storage.setItem(LEFT, JSON.stringify([...new Set(ids)].slice(0, LISTENED_TO)));
  }

  /** Has a client for each conversation that is to be listened to, and none for any other. */
  #follow() {
    const { id } = this;
    const me = this.#session.visitorId;
    const wanted = this.#isOpen && me ? [...(id === null ? [] : [id]), ...this.#left] : [];
    if (id === null) {
      this.#carryOver();
    }
    for (const [known, client] of this.#clients) {
      if (!wanted.includes(known)) {
        client.close();
        this.#clients.delete(known);
      }
    }
    if (wanted.length) {
      this.load();
    }
    const { ConversationClient } = this.#parts ?? {};
    if (me && ConversationClient) {
      for (const wantedId of wanted) {
        if (!this.#clients.has(wantedId)) {
          const client = new ConversationClient({
            id: wantedId,
            token: this.#session.token,
            me: { kind: 'visitor', id: me, name: '' },
            storage: this.#storage,
          });
          this.#clients.set(wantedId, client);
          client.subscribe((state) => this.#heard(wantedId, state));
          client.open();
        }
      }
    }
    this.#tellViewed();
    if (this.#client) {
      this.#beginning.handTo(this.#client);
    } else {
      this.#beginning.next();
    }
    this.changed();
  }

  /** Of those that are listened to, one can be before the visitor's eyes. */
  #tellViewed() {
    this.#clients.forEach((client, id) => client.viewing(this.#isViewed && id === this.id));
  }

  /** Takes along what could not be sent in conversations that have ended. */
  #carryOver() {
    for (const client of this.#clients.values()) {
      if (client.state.conversation?.status === 'closed' || this.#isLeftBehind(client.state)) {
        const { unsent } = client;
        this.#beginning.take(
          unsent.map(({ frame, failed, ...rest }) => ({
            ...rest,
            frame: { ...frame, clientId: nameElsewhere(frame.clientId) },
            ...(failed !== undefined && failed !== 'conversation_closed' && { failed }),
          })),
        );
        unsent.forEach(({ frame }) => client.discard(frame.clientId));
      }
    }
  }

  /**
   * @param {string} id
   * @param {ConversationState} state
   */
  #heard(id, state) {
    if (this.#isLeftBehind(state)) {
      // Of a visitor that this browser no longer is, or from before a loss of the team's documents.
      if (id === this.id) {
        this.goTo(null);
      }
      this.#left = this.#left.filter((other) => other !== id);
      this.#follow();
    } else if (!this.isGoing && state.caughtUp && state.conversation?.status !== 'closed') {
      // It goes on after all, and nothing has taken its place.
      this.goTo(id);
    }
    this.changed();
  }

  /** @param {ConversationState} state */
  #isLeftBehind({ connection }) {
    return connection.name === 'stopped' && LEFT_BEHIND.includes(connection.reason);
  }

  /** Loads what a conversation needs; nobody waits for it to write their first message. */
  async load() {
    if (this.#parts || this.#isLoading) {
      return;
    }
    this.#isLoading = true;
    try {
      this.#parts = await this.#loadParts();
      this.#isCut = false;
      this.#follow();
    } catch {
      this.#isCut = true;
      this.changed();
    } finally {
      this.#isLoading = false;
    }
  }

  /** @returns {ConversationState} */
  #makeState() {
    const { state } = this.#shown;
    const isCut = this.#isCut && this.id !== null && navigator.onLine !== false;
    return isCut ? { ...state, connection: { name: 'stopped', reason: 'unknown' } } : state;
  }
}

/**
 * The name of a message in the conversation that it is carried over into. Not the one it has: a conversation is found
 * again by the name of its first message. And the same in every tab, so that two that do it at once carry over one.
 *
 * @param {string} clientId
 */
function nameElsewhere(clientId) {
  return clientId.length < CLIENT_ID_BYTES ? `${clientId}_` : newClientId();
}
