/**
 * The team's list of conversations, as a dashboard uses it. The first page comes over REST, every change by the
 * inbox's feed; of two summaries of a conversation the one with the higher `head` is the newer, whichever way it came.
 *
 * @typedef {import('../../domain/bindings/wire.ts').ConversationSummary} ConversationSummary
 * @typedef {import('../../domain/bindings/wire.ts').InboxChange} InboxChange
 * @typedef {import('../../domain/bindings/wire.ts').InboxClientFrame} InboxClientFrame
 * @typedef {import('../../domain/bindings/wire.ts').InboxServerFrame} InboxServerFrame
 * @typedef {import('../../domain/bindings/wire.ts').List<ConversationSummary>} Page
 * @typedef {import('./connection.js').ConnectionState} ConnectionState
 *
 * @typedef {object} InboxState
 * @property {ConnectionState} connection
 * @property {ConversationSummary[]} conversations Those that are here, newest first.
 * @property {boolean} loaded Whether the first page has come.
 * @property {boolean} hasMore Whether older ones can be loaded.
 * @property {boolean} loadingMore
 * @property {string | undefined} error Why the last page could not be loaded.
 */

import { authorizedRequest, socketUrl } from './api.js';
import { Connection } from './connection.js';
import { Observable } from './observable.js';

const PAGE = 50;

/** @extends {Observable<InboxState>} */
export class InboxClient extends Observable {
  #baseUrl;
  #token;
  /** @type {Map<string, ConversationSummary>} */
  #conversations = new Map();
  /** The last `seq` of the feed that is here. @type {number | undefined} */
  #last;
  /** Where the next page begins; `null` when there is none. @type {string | null | undefined} */
  #cursor;
  #loadingMore = false;
  /** @type {string | undefined} */
  #error;
  /** @type {Connection<InboxClientFrame, InboxServerFrame>} */
  #connection;

  /**
   * @param {object} options
   * @param {import('./api.js').TokenSource} options.token
   * @param {string} [options.baseUrl] The server's origin, if it isn't the page's.
   */
  constructor({ token, baseUrl = '' }) {
    super(() => this.#makeState());
    this.#baseUrl = baseUrl;
    this.#token = token;
    this.#connection = new Connection({
      url: (after) => socketUrl(baseUrl, '/api/v1/inbox/socket', after),
      after: () => this.#last,
      token,
      probe: () => this.#fetchPage(1),
      onframe: (frame) => this.#receive(frame),
      onstate: (state) => {
        if (state.name === 'live' && this.#cursor === undefined) {
          this.loadMore();
        }
        this.changed();
      },
    });
  }

  open() {
    this.#connection.open();
    this.loadMore();
  }

  close() {
    this.#connection.close();
  }

  /** Tries to connect now instead of waiting. */
  reconnect() {
    this.#connection.reconnect();
  }

  /** Loads the next page of older conversations. */
  async loadMore() {
    if (this.#loadingMore || this.#cursor === null) {
      return;
    }
    this.#loadingMore = true;
    this.#error = undefined;
    this.changed();
    const list = this.#conversations;
    try {
      const page = await this.#fetchPage(PAGE, this.#cursor);
      if (list === this.#conversations) {
        page.items.forEach((conversation) => this.#merge(conversation));
        this.#cursor = page.nextCursor ?? null;
      }
    } catch (error) {
      this.#error = `The conversations could not be loaded. ${error}`;
    }
    this.#loadingMore = false;
    this.changed();
    if (list !== this.#conversations) {
      // The list began anew meanwhile.
      this.loadMore();
    }
  }

  /**
   * Takes a summary that came by another way.
   *
   * @param {ConversationSummary} conversation
   */
  merge(conversation) {
    this.#merge(conversation);
    this.changed();
  }

  /**
   * @param {number} limit
   * @param {string} [cursor]
   * @returns {Promise<Page>}
   */
  #fetchPage(limit, cursor) {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor && { cursor }) });
    return authorizedRequest(this.#token, `${this.#baseUrl}/api/v1/conversations?${query}`);
  }

  /** @param {InboxServerFrame} frame */
  #receive(frame) {
    switch (frame.type) {
      case 'page':
        frame.changes.forEach((change) => this.#apply(change));
        this.#last ??= 0;
        if (frame.more) {
          this.#connection.send({ type: 'resume', after: this.#last });
        }
        break;
      case 'change':
        this.#apply(frame);
        break;
      case 'reset':
        // Whatever changed up to here is read from the list; the feed goes on from its head.
        this.#conversations = new Map();
        this.#cursor = undefined;
        this.#last = frame.head;
        this.#connection.send({ type: 'resume', after: frame.head });
        this.loadMore();
        break;
    }
    this.changed();
  }

  /** @param {InboxChange} change */
  #apply({ seq, conversation }) {
    this.#last = Math.max(this.#last ?? 0, seq);
    this.#merge(conversation);
  }

  /** @param {ConversationSummary} conversation */
  #merge(conversation) {
    const known = this.#conversations.get(conversation.id);
    if (!known || conversation.head >= known.head) {
      this.#conversations.set(conversation.id, conversation);
    }
  }

  /** @returns {InboxState} */
  #makeState() {
    return {
      connection: this.#connection.state,
      conversations: [...this.#conversations.values()].sort(
        (a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1),
      ),
      loaded: this.#cursor !== undefined,
      hasMore: this.#cursor !== null,
      loadingMore: this.#loadingMore,
      error: this.#error,
    };
  }
}
