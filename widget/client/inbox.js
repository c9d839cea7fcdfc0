/**
 * The team's conversations, as a dashboard uses them: all of them, those of a status, of a department, with a tag, as lists. A list's pages
 * come over REST, every change by the inbox's feed; of two summaries of a conversation the one with the higher `head`
 * is the newer, whichever way it came.
 *
 * @typedef {import('../../domain/bindings/wire.ts').ConversationStatus} ConversationStatus
 * @typedef {import('../../domain/bindings/wire.ts').ConversationSummary} ConversationSummary
 * @typedef {import('../../domain/bindings/wire.ts').InboxChange} InboxChange
 * @typedef {import('../../domain/bindings/wire.ts').InboxClientFrame} InboxClientFrame
 * @typedef {import('../../domain/bindings/wire.ts').InboxServerFrame} InboxServerFrame
 * @typedef {import('../../domain/bindings/wire.ts').List<ConversationSummary>} Page
 * @typedef {import('./connection.js').ConnectionState} ConnectionState
 *
 * @typedef {object} Filter Which conversations a list has.
 * @property {ConversationStatus | 'all'} status
 * @property {string} [tag] Only those with this tag.
 * @property {string} [department] Only those of this department; `none` for those of none.
 * @property {readonly string[]} [merged] Tags that count as this one, because they are merged into it.
 *
 * @typedef {object} InboxList
 * @property {ConversationSummary[]} conversations Newest first, without a gap; where not even the first page could be
 *   loaded, those that the feed has told of.
 * @property {boolean} loaded Whether the first page has come.
 * @property {boolean} hasMore Whether older ones can be loaded.
 * @property {boolean} loadingMore
 * @property {unknown} error Why the last page could not be loaded; `undefined` if it could.
 *
 * @typedef {object} InboxState
 * @property {ConnectionState} connection
 * @property {number} unread How many of the conversations that are here have unread messages.
 * @property {(id: string) => ConversationSummary | undefined} get One of those that are here.
 * @property {(filter: Filter) => InboxList} list
 */

import { authorizedRequest, socketUrl } from './api.js';
import { Connection } from './connection.js';
import { Observable } from './observable.js';

const PAGE = 50;
/** After how many milliseconds a page that could not be loaded is asked for again. */
const RETRY_MS = 10_000;

/**
 * How much of a list is here.
 *
 * @typedef {object} Progress
 * @property {string | null | undefined} cursor Where the next page begins; `null` when there is none.
 * @property {number} oldest The `updatedAt` down to which nothing is missing.
 * @property {boolean} loading
 * @property {unknown} error
 */

/** @type {Readonly<Filter>} */
const ALL = { status: 'all' };

/** What a list is kept under. @param {Filter} filter */
const keyOf = ({ status, tag = '', department = '' }) => `${status} ${tag} ${department}`;

/** @type {Readonly<Progress>} */
const NOTHING_YET = { cursor: undefined, oldest: Infinity, loading: false, error: undefined };

/** @extends {Observable<InboxState>} */
export class InboxClient extends Observable {
  #baseUrl;
  #token;
  /** @type {Map<string, ConversationSummary>} */
  #conversations = new Map();
  /**
   * Those that may be seen no more, by their ids: a list that is a moment behind may still have them.
   *
   * @type {Set<string>}
   */
  #gone = new Set();
  /** The last `seq` of the feed that is here. @type {number | undefined} */
  #last;
  /** Whether the feed has once come to its end: what it tells from there on has just happened, or happened meanwhile. */
  #isCaughtUp = false;
  #onmessage;
  /** The lists that somebody has asked for. @type {Map<string, { filter: Filter, progress: Progress }>} */
  #lists = new Map();
  /** Those that are to be asked for again. @type {Map<string, ReturnType<typeof setTimeout>>} */
  #retries = new Map();
  /** @type {Connection<InboxClientFrame, InboxServerFrame>} */
  #connection;

  /**
   * @param {object} options
   * @param {import('./api.js').TokenSource} options.token
   * @param {string} [options.baseUrl] The server's origin, if it isn't the page's.
   * @param {(conversation: ConversationSummary) => void} [options.onmessage] Called when a visitor has written something that the
   *   team has not read yet: once for the latest message of each change.
   */
  constructor({ token, baseUrl = '', onmessage = () => {} }) {
    super(() => this.#makeState());
    this.#onmessage = onmessage;
    this.#baseUrl = baseUrl;
    this.#token = token;
    this.#connection = new Connection({
      url: (after) => socketUrl(baseUrl, '/api/v1/inbox/socket', after),
      after: () => this.#last,
      token,
      probe: () => this.#fetchPage(ALL, 1),
      onframe: (frame) => this.#receive(frame),
      onstate: (state) => {
        if (state.name === 'live') {
          this.#lists.forEach(({ filter, progress }) => progress.error !== undefined && this.#loadMore(filter));
        }
        this.changed();
      },
    });
  }

  open() {
    this.#connection.open();
  }

  close() {
    this.#retries.forEach((timer) => clearTimeout(timer));
    this.#retries.clear();
    this.#connection.close();
  }

  /** Tries to connect now instead of waiting. */
  reconnect() {
    this.#connection.reconnect();
  }

  /**
   * Loads the first page of a list, then the next one with each call. A page that failed is asked for again on its own,
   * after a while and when the connection is back.
   *
   * @param {Filter} filter
   */
  async loadMore(filter) {
    const list = this.#lists.get(keyOf(filter))?.progress;
    if (list && !list.loading) {
      list.error = undefined;
    }
    await this.#loadMore(filter);
  }

  /**
   * The same, while the last failure still stands: it is not to flicker.
   *
   * @param {Filter} filter
   */
  async #loadMore(filter) {
    const key = keyOf(filter);
    const list = this.#lists.get(key)?.progress ?? { ...NOTHING_YET };
    if (list.loading || list.cursor === null) {
      return;
    }
    clearTimeout(this.#retries.get(key));
    this.#lists.set(key, { filter, progress: list });
    list.loading = true;
    this.changed();
    try {
      const { items, nextCursor } = await this.#fetchPage(filter, PAGE, list.cursor);
      items.forEach((conversation) => this.#merge(conversation));
      list.cursor = nextCursor ?? null;
      list.oldest = nextCursor === undefined ? -Infinity : (items.at(-1)?.updatedAt ?? list.oldest);
      list.error = undefined;
    } catch (error) {
      list.error ??= error;
      // What the feed knows is better than nothing.
      list.oldest = list.cursor === undefined ? -Infinity : list.oldest;
      if (this.#connection.state.name === 'live' && this.#lists.get(key)?.progress === list) {
        this.#retries.set(key, setTimeout(() => this.#loadMore(filter), RETRY_MS));
      }
    }
    list.loading = false;
    this.changed();
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
   * @param {Filter} filter
   * @param {number} limit
   * @param {string} [cursor]
   * @returns {Promise<Page>}
   */
  #fetchPage({ status, tag, department }, limit, cursor) {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(status !== 'all' && { status }),
      ...(tag !== undefined && { tag }),
      ...(department !== undefined && { department }),
      ...(cursor !== undefined && { cursor }),
    });
    return authorizedRequest(this.#token, `${this.#baseUrl}/api/v1/conversations?${query}`);
  }

  /** @param {InboxServerFrame} frame */
  #receive(frame) {
    switch (frame.type) {
      case 'page':
        frame.changes.forEach((change) => this.#apply(change));
        frame.gone?.forEach((gone) => this.#remove(gone));
        this.#last ??= 0;
        if (frame.more) {
          this.#connection.send({ type: 'resume', after: this.#last });
        } else {
          this.#isCaughtUp = true;
        }
        break;
      case 'change':
        this.#apply(frame);
        break;
      case 'gone':
        this.#remove(frame);
        break;
      case 'reset':
        // Whatever changed up to here is read from the list; the feed goes on from its head.
        this.#conversations = new Map();
        this.#last = frame.head;
        this.#connection.send({ type: 'resume', after: frame.head });
        this.#startOver();
        break;
    }
    this.changed();
  }

  /** Pages that are still under way belong to the lists as they were, which nobody sees any more. */
  #startOver() {
    const lists = [...this.#lists.values()];
    this.#lists.clear();
    lists.forEach(({ filter }) => this.loadMore(filter));
  }

  /** @param {InboxChange} change */
  #apply({ seq, conversation }) {
    const before = this.#conversations.get(conversation.id);
    this.#last = Math.max(this.#last ?? 0, seq);
    this.#gone.delete(conversation.id);
    this.#merge(conversation);
    if (this.#isCaughtUp && isNewMessage(conversation, before)) {
      this.#onmessage(conversation);
    }
  }

  /** @param {import('../../domain/bindings/wire.ts').InboxGone} gone */
  #remove({ seq, id }) {
    this.#last = Math.max(this.#last ?? 0, seq);
    this.#gone.add(id);
    this.#conversations.delete(id);
  }

  /** @param {ConversationSummary} conversation */
  #merge(conversation) {
    const known = this.#conversations.get(conversation.id);
    if (!this.#gone.has(conversation.id) && (!known || conversation.head >= known.head)) {
      this.#conversations.set(conversation.id, conversation);
    }
  }

  /** @returns {InboxState} */
  #makeState() {
    const conversations = [...this.#conversations.values()].sort(
      (a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1),
    );
    const lists = new Map(Array.from(this.#lists, ([key, { progress }]) => [key, { ...progress }]));
    return {
      connection: this.#connection.state,
      unread: conversations.filter(({ unread }) => unread > 0).length,
      get: (id) => conversations.find((conversation) => conversation.id === id),
      list: (filter) => {
        const { cursor, oldest, loading, error } = lists.get(keyOf(filter)) ?? NOTHING_YET;
        const isOfStatus = (/** @type {ConversationStatus} */ status) => filter.status === 'all' || status === filter.status;
        const wanted = filter.tag === undefined ? undefined : [filter.tag, ...(filter.merged ?? [])];
        const hasTag = (/** @type {string[]} */ tags) => wanted === undefined || tags.some((tag) => wanted.includes(tag));
        const isThere = (/** @type {string | undefined} */ department) =>
          filter.department === undefined || filter.department === (department ?? 'none');
        return {
          // What another list or the feed has brought from further down waits until the list has come so far.
          conversations: conversations.filter(
            ({ status, department, tags = [], updatedAt }) =>
              isOfStatus(status) && isThere(department) && hasTag(tags) && updatedAt >= oldest,
          ),
          loaded: cursor !== undefined,
          hasMore: cursor !== null,
          loadingMore: loading,
          error,
        };
      },
    };
  }
}

/**
 * Whether a visitor has written since a summary was made. Of a conversation that was not here, it is so if their message is
 * the last that has happened in it.
 *
 * @param {ConversationSummary} now
 * @param {ConversationSummary | undefined} before
 */
function isNewMessage({ lastMessage, unread, head }, before) {
  return (
    lastMessage?.actor.kind === 'visitor' &&
    unread > 0 &&
    (before ? lastMessage.seq > (before.lastMessage?.seq ?? 0) && head > before.head : lastMessage.seq === head)
  );
}
