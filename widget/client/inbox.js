/**
 * The team's conversations, as a dashboard uses them: all of them, those of a status, of a department, with a tag, one's own,
 * those in the queue, as lists. A list's pages come over REST, every change by the inbox's feed; of two summaries of a
 * conversation the one with the higher `head`, and then `revision`, is the newer, whichever way it came.
 *
 * Beside them the feed tells how many there are (`counts`), who of the team is there (`people`) and who looks at what
 * (`attention`). Promises that these are what the server would tell whoever connects anew: they are moved by what happens
 * live alone, and replaced by every `standing`. What this person looks at, whether they write there, and whether they are
 * idle, the server hears again after every reconnection.
 *
 * @typedef {import('../../domain/bindings/wire.ts').Attending} Attending
 * @typedef {import('../../domain/bindings/wire.ts').Colleague} Colleague
 * @typedef {import('../../domain/bindings/wire.ts').ConversationStatus} ConversationStatus
 * @typedef {import('../../domain/bindings/wire.ts').ConversationSummary} ConversationSummary
 * @typedef {import('../../domain/bindings/wire.ts').InboxChange} InboxChange
 * @typedef {import('../../domain/bindings/wire.ts').Presence} Presence
 * @typedef {import('../../domain/bindings/wire.ts').Standing} Standing
 * @typedef {import('../../domain/bindings/wire.ts').Was} Was
 * @typedef {import('../../domain/bindings/wire.ts').Whose} Whose
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
 * @property {'mine' | 'nobodys'} [whose] Only one's own, or only those assigned to nobody: the queue, of which the longest
 *   waiting comes first.
 *
 * @typedef {object} InboxList
 * @property {ConversationSummary[]} conversations Newest first, without a gap; where not even the first page could be
 *   loaded, those that the feed has told of.
 * @property {boolean} loaded Whether the first page has come.
 * @property {boolean} hasMore Whether older ones can be loaded.
 * @property {boolean} loadingMore
 * @property {unknown} error Why the last page could not be loaded; `undefined` if it could.
 *
 * @typedef {object} Kind What is counted: all that is said of it counts.
 * @property {ConversationStatus} status Open, pending or snoozed; others are not counted.
 * @property {Whose} [whose]
 * @property {string} [department] `none` for those of none.
 *
 * @typedef {object} InboxState
 * @property {ConnectionState} connection
 * @property {number} unread How many of the conversations that are here have unread messages.
 * @property {(id: string) => ConversationSummary | undefined} get One of those that are here.
 * @property {readonly Colleague[]} people The team.
 * @property {Presence | undefined} chosen What this person has chosen to be; `undefined` until the feed has told.
 * @property {(id: string) => readonly Attending[]} attention Who else looks at a conversation.
 * @property {(kind: Kind) => number | undefined} count How many there are of a kind; `undefined` until the feed has told.
 * @property {(filter: Filter) => InboxList} list
 */

import { authorizedRequest, socketUrl } from './api.js';
import { Connection } from './connection.js';
import { Observable } from './observable.js';
import { Signal } from './signal.js';

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
const keyOf = ({ status, tag = '', department = '', whose }) => `${status} ${tag} ${department} ${whose ?? ''}`;

/** What is counted: what is not done. @param {ConversationStatus} status */
const isCounted = (status) => status !== 'resolved' && status !== 'closed';

/** Since when somebody waits in a queue. @param {ConversationSummary} conversation */
const queuedAt = ({ openedAt, createdAt }) => openedAt ?? createdAt;

/**
 * What somebody looks at, and how.
 *
 * @typedef {{ conversation: string | null, replying: boolean, claims: boolean }} Look
 */

/** @type {Readonly<Look>} */
const NOWHERE = { conversation: null, replying: false, claims: false };

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
  /** Who the server takes this person for. */
  #me;
  /** What this person could see when the feed told what is here. @type {string | undefined} */
  #scope;
  /** What they may see by the welcome of this connection. @type {string | undefined} */
  #presentScope;
  /** @type {Presence | undefined} */
  #chosen;
  /** @type {Map<string, Colleague>} */
  #people = new Map();
  /** How many there are, by status, whose they are, and department; `undefined` until that is known. @type {Map<string, number> | undefined} */
  #counts;
  /** Who looks at what. @type {Map<string, readonly Attending[]>} */
  #attention = new Map();
  /** What was here before the feed began anew: what has come meanwhile is told of by it. @type {Map<string, ConversationSummary> | undefined} */
  #forgotten;
  /** @type {Signal<Look>} */
  #look = new Signal({
    initial: NOWHERE,
    isNews: (now, told) => !told || now.conversation !== told.conversation || now.replying !== told.replying || now.claims !== told.claims,
    send: ({ conversation, replying, claims }) =>
      this.#connection.send(conversation !== null && claims ? { type: 'claim', conversation } : { type: 'attend', conversation, replying }),
  });
  /** @type {Look} */
  #looksAt = NOWHERE;
  #idle = new Signal({
    initial: false,
    isNews: (now, told) => now !== told,
    send: (active) => this.#connection.send({ type: 'idle', active }),
  });
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
   * @param {string} [options.me] Whose token it is.
   * @param {string} [options.baseUrl] The server's origin, if it isn't the page's.
   * @param {(conversation: ConversationSummary) => void} [options.onmessage] Called when a visitor has written something that the
   *   team has not read yet: once for the latest message of each change.
   */
  constructor({ token, me = '', baseUrl = '', onmessage = () => {} }) {
    super(() => this.#makeState());
    this.#me = me;
    this.#onmessage = onmessage;
    this.#baseUrl = baseUrl;
    this.#token = token;
    this.#connection = new Connection({
      url: (after) => {
        const url = socketUrl(baseUrl, '/api/v1/inbox/socket', after);
        return after === undefined || this.#scope === undefined ? url : `${url}&scope=${encodeURIComponent(this.#scope)}`;
      },
      after: () => this.#last,
      token,
      probe: () => this.#fetchPage(ALL, 1),
      onframe: (frame) => this.#receive(frame),
      onstate: (state) => {
        if (state.name === 'live') {
          for (const signal of [this.#look, this.#idle]) {
            signal.connected();
            signal.tell();
          }
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
    this.#look.close();
    this.#idle.close();
    this.#connection.close();
  }

  /**
   * This person is there so from now on, on whatever device.
   *
   * @param {Presence} chosen
   * @param {boolean} [giveBack] Whether their open conversations go back to the queue.
   * @returns {boolean} Whether it could be said.
   */
  choosePresence(chosen, giveBack = false) {
    const isSaid = this.#connection.send({ type: 'presence', chosen, ...(giveBack && { giveBack }) });
    if (isSaid) {
      this.#chosen = chosen;
      this.changed();
    }
    return isSaid;
  }

  /**
   * Nobody has touched this page for a while, or somebody does again.
   *
   * @param {boolean} active Nobody has.
   */
  idle(active) {
    this.#idle.set(active);
  }

  /**
   * A conversation is before this person's eyes, or none is.
   *
   * @param {string | null} conversation
   * @param {boolean} replying Whether they are writing to its visitor.
   */
  attend(conversation, replying) {
    const { conversation: before, claims } = this.#looksAt;
    this.#looks({ conversation, replying, claims: claims && replying && conversation === before });
  }

  /**
   * This person answers a conversation, although somebody else has begun to.
   *
   * @param {string} conversation
   */
  claim(conversation) {
    this.#looks({ conversation, replying: true, claims: true });
  }

  /** @param {Look} look */
  #looks(look) {
    this.#looksAt = look;
    this.#look.set(look);
  }

  /** Asks how much everybody has just now. */
  askPeople() {
    this.#connection.send({ type: 'people' });
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
  #fetchPage({ status, tag, department, whose }, limit, cursor) {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(status !== 'all' && { status }),
      ...(tag !== undefined && { tag }),
      ...(department !== undefined && { department }),
      ...(whose !== undefined && { assignee: whose === 'mine' ? this.#me : 'none' }),
      ...(cursor !== undefined && { cursor }),
    });
    return authorizedRequest(this.#token, `${this.#baseUrl}/api/v1/conversations?${query}`);
  }

  /** @param {InboxServerFrame} frame */
  #receive(frame) {
    switch (frame.type) {
      case 'welcome':
        this.#me = frame.you.id;
        this.#presentScope = frame.scope;
        this.#chosen = frame.chosen;
        this.#meet(frame.people ?? []);
        break;
      case 'page':
        frame.changes.forEach((change) => this.#apply(change));
        frame.gone?.forEach((gone) => this.#remove(gone));
        this.#last ??= 0;
        this.#scope = this.#presentScope;
        if (frame.more) {
          this.#connection.send({ type: 'resume', after: this.#last });
        } else {
          this.#isCaughtUp = true;
        }
        this.#stand(frame.standing);
        break;
      case 'snapshot': {
        // Pages that came before the feed's very first word are as new as it.
        const isFirst = this.#last === undefined && this.#forgotten === undefined;
        if (!isFirst) {
          this.#forget();
        }
        this.#begin(frame.changes);
        this.#last = frame.head;
        this.#scope = this.#presentScope;
        this.#isCaughtUp = true;
        this.#stand(frame.standing);
        if (!isFirst) {
          this.#startOver();
        }
        break;
      }
      case 'change':
        this.#count(frame.was, -1);
        this.#count(placeOf(frame.conversation), 1);
        this.#apply(frame);
        break;
      case 'gone':
        this.#count(frame.was, -1);
        this.#remove(frame);
        break;
      case 'reset':
        // What is here is shown no longer; a snapshot follows, on this connection or the next.
        this.#forget();
        this.#last = undefined;
        break;
      case 'person':
        this.#people.set(frame.id, frame);
        if (frame.id === this.#me) {
          this.#chosen = chosenBy(frame.presence, this.#chosen);
        }
        break;
      case 'people':
        this.#meet(frame.people);
        break;
      case 'attention':
        this.#attend(frame);
        break;
      case 'error':
        if (frame.retryAfterMs !== undefined) {
          this.#look.refused(frame.retryAfterMs);
          this.#idle.refused(frame.retryAfterMs);
        }
        break;
    }
    this.changed();
  }

  /** @param {readonly Colleague[]} people */
  #meet(people) {
    this.#people = new Map(people.map((person) => [person.id, person]));
  }

  /** How things stand replaces whatever was known. @param {Standing | undefined} standing */
  #stand(standing) {
    if (standing) {
      this.#counts = new Map();
      for (const { status, whose, department, conversations } of standing.counts) {
        this.#add(`${status} ${whose} ${department ?? 'none'}`, conversations);
      }
      this.#attention.clear();
      standing.attention.forEach((attention) => this.#attend(attention));
    }
  }

  /** @param {import('../../domain/bindings/wire.ts').Attention} attention */
  #attend({ id, people }) {
    const others = people.filter((person) => person.id !== this.#me);
    if (others.length > 0) {
      this.#attention.set(id, others);
    } else {
      this.#attention.delete(id);
    }
  }

  /**
   * One more or one less of where a conversation is counted, if it is.
   *
   * @param {Was | undefined} place
   * @param {1 | -1} by
   */
  #count(place, by) {
    if (place && isCounted(place.status)) {
      const whose = place.assignee === undefined ? 'nobodys' : place.assignee === this.#me ? 'mine' : 'others';
      this.#add(`${place.status} ${whose} ${place.department ?? 'none'}`, by);
    }
  }

  /**
   * @param {string} kind
   * @param {number} by
   */
  #add(kind, by) {
    this.#counts?.set(kind, (this.#counts.get(kind) ?? 0) + by);
  }

  #forget() {
    this.#forgotten ??= this.#conversations;
    this.#conversations = new Map();
    this.#gone.clear();
    this.#counts = undefined;
    this.#attention.clear();
  }

  /**
   * Takes what there is when the feed begins, and tells of what visitors have written since it last told of anything.
   *
   * @param {InboxChange[]} changes
   */
  #begin(changes) {
    const before = this.#forgotten;
    this.#forgotten = undefined;
    const newest = Math.max(0, ...Array.from(before?.values() ?? [], ({ updatedAt }) => updatedAt));
    for (const { conversation } of changes) {
      this.#merge(conversation);
      const last = conversation.lastMessage;
      if (before && last && last.at > newest && isNewMessage(conversation, before.get(conversation.id))) {
        this.#onmessage(conversation);
      }
    }
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
    this.#attention.delete(id);
  }

  /** @param {ConversationSummary} conversation */
  #merge(conversation) {
    const known = this.#conversations.get(conversation.id);
    if (!this.#gone.has(conversation.id) && (!known || isNoOlder(conversation, known))) {
      this.#conversations.set(conversation.id, conversation);
    }
  }

  /** @returns {InboxState} */
  #makeState() {
    const conversations = [...this.#conversations.values()].sort(
      (a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1),
    );
    const lists = new Map(Array.from(this.#lists, ([key, { progress }]) => [key, { ...progress }]));
    const me = this.#me;
    const people = [...this.#people.values()];
    const attention = new Map(this.#attention);
    const counts = this.#counts && Array.from(this.#counts, ([kind, count]) => ({ kind: kind.split(' '), count }));
    /** @param {Kind} wanted */
    const count = ({ status, whose, department }) =>
      counts?.reduce(
        (sum, { kind, count }) =>
          kind[0] === status && (whose ?? kind[1]) === kind[1] && (department ?? kind[2]) === kind[2] ? sum + count : sum,
        0,
      );
    return {
      connection: this.#connection.state,
      unread: conversations.filter(({ unread }) => unread > 0).length,
      get: (id) => conversations.find((conversation) => conversation.id === id),
      people,
      chosen: this.#chosen,
      attention: (id) => attention.get(id) ?? [],
      count,
      list: (filter) => {
        const { cursor, oldest, loading, error } = lists.get(keyOf(filter)) ?? NOTHING_YET;
        const isOfStatus = (/** @type {ConversationStatus} */ status) => filter.status === 'all' || status === filter.status;
        const wanted = filter.tag === undefined ? undefined : [filter.tag, ...(filter.merged ?? [])];
        const hasTag = (/** @type {string[]} */ tags) => wanted === undefined || tags.some((tag) => wanted.includes(tag));
        const isThere = (/** @type {string | undefined} */ department) =>
          filter.department === undefined || filter.department === (department ?? 'none');
        const { whose } = filter;
        const isWhose = (/** @type {ConversationSummary['assignee']} */ assignee) =>
          whose === undefined || (whose === 'mine' ? assignee?.id === me : assignee === null);
        const found = conversations.filter(
          ({ status, department, assignee, tags = [], updatedAt }) =>
            isOfStatus(status) &&
            isThere(department) &&
            hasTag(tags) &&
            isWhose(assignee) &&
            // What another list or the feed has brought from further down waits until the list has come so far. One's own
            // and the queue's begin with what the feed has brought.
            (whose !== undefined || updatedAt >= oldest),
        );
        if (whose === 'nobodys' && filter.status === 'open') {
          found.sort((a, b) => queuedAt(a) - queuedAt(b) || (a.id < b.id ? -1 : 1));
        }
        const all =
          whose === undefined || wanted || filter.status === 'all' || !isCounted(filter.status)
            ? undefined
            : count({ status: filter.status, whose, ...(filter.department !== undefined && { department: filter.department }) });
        return {
          conversations: found,
          loaded: cursor !== undefined || (all !== undefined && (found.length > 0 || all === 0)),
          hasMore: cursor !== null && (all === undefined || found.length < all),
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

/**
 * Of two summaries of a conversation, whether the one is at least as new as the other.
 *
 * @param {ConversationSummary} one
 * @param {ConversationSummary} other
 */
function isNoOlder(one, other) {
  return one.head > other.head || (one.head === other.head && (one.revision ?? 0) >= (other.revision ?? 0));
}

/** Where a conversation is counted. @param {ConversationSummary} conversation @returns {Was} */
function placeOf({ status, assignee, department }) {
  return { status, assignee: assignee?.id, department };
}

/**
 * What somebody has chosen, by what they are now: another of their devices may have chosen it. They are away also while
 * they are online and touch nothing.
 *
 * @param {Presence} presence
 * @param {Presence | undefined} before
 */
function chosenBy(presence, before) {
  return presence === 'away' && before === 'online' ? before : presence;
}
