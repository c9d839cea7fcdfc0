/**
 * What is known of one conversation, made from its events. No clock, no I/O: the same events give the same messages,
 * in whatever order and however often they come.
 *
 * The log holds an unbroken run of events, from the one after `base` to `last`, and grows at both ends: with what the
 * room sends after `last`, and with older pages of history before `base`. An event that doesn't follow on `last` (its
 * `prev` is later) is a gap: it is not taken, and `append` says so; the answer to `resume` brings it again.
 *
 * @typedef {import('../../domain/bindings/wire.ts').Actor} Actor
 * @typedef {import('../../domain/bindings/wire.ts').Conversation} Conversation
 * @typedef {import('./events.js').Event} Event
 *
 * @typedef {object} Message A message or note as it stands now.
 * @property {number} seq
 * @property {'message' | 'note'} kind
 * @property {Actor} actor
 * @property {string} text Empty once deleted.
 * @property {number} at
 * @property {string | undefined} clientId
 * @property {number | undefined} editedAt
 * @property {number | undefined} deletedAt
 */

/** @typedef {Extract<Event, { kind: 'status_changed' | 'assigned' | 'moved' | 'priority_changed' | 'target_missed' | 'tagged' | 'untagged' }>} Notice What happened to the conversation itself. */

import { sideOf } from './actors.js';

export class EventLog {
  /** @type {Map<number, Message>} */
  #messages = new Map();
  /** @type {Map<number, Notice>} */
  #notices = new Map();
  /** The newest edit of each message, kept for messages that are not here yet. @type {Map<number, { seq: number, at: number, text: string }>} */
  #edits = new Map();
  /** When each deleted message was deleted. @type {Map<number, number>} */
  #deletions = new Map();
  /** @type {Message[] | undefined} */
  #sorted;
  /** @type {Conversation | undefined} */
  #conversation;
  /** The `seq` up to which `#conversation` is known to be true. */
  #conversationAsOf = 0;
  /** @type {number | undefined} */
  #base;
  /** @type {number | undefined} */
  #last;

  /** The `seq` to resume after; `undefined` while nothing is known. */
  get last() {
    return this.#last;
  }

  /** The `seq` before the oldest event that is here; `undefined` while nothing is known. */
  get base() {
    return this.#base;
  }

  /** The conversation, as of the latest of `describe` and the events; `undefined` before the first `describe`. */
  get conversation() {
    return this.#conversation;
  }

  /** Ascending by `seq`. The array and the messages are never changed afterwards. */
  get messages() {
    this.#sorted ??= [...this.#messages.values()].sort((a, b) => a.seq - b.seq);
    return this.#sorted;
  }

  /** Changes of status, assignment and tags, ascending by `seq`. */
  get notices() {
    return [...this.#notices.values()].sort((a, b) => a.seq - b.seq);
  }

  /**
   * Takes the server's own description of the conversation, true as of its `head`.
   *
   * @param {Conversation} conversation
   */
  describe(conversation) {
    if (conversation.head >= this.#conversationAsOf) {
      this.#conversation = conversation;
      this.#conversationAsOf = conversation.head;
    }
  }

  /**
   * Takes a page that begins after `prev`: the room's, or the last page of history after a reset.
   *
   * @param {Event[]} events
   * @param {number} prev
   * @returns {boolean} Whether it connects to what is here; if not, resume after `last`.
   */
  appendPage(events, prev) {
    if (this.#last === undefined) {
      this.#base = this.#last = prev;
    }
    return prev <= this.#last && events.every((event) => this.append(event));
  }

  /**
   * Takes the next event; one that is here already changes nothing.
   *
   * @param {Event} event
   * @returns {boolean} Whether it connects to what is here; if not, resume after `last`.
   */
  append(event) {
    if (this.#last === undefined || event.prev > this.#last) {
      return false;
    }
    if (event.seq > this.#last) {
      this.#last = event.seq;
      this.#fold(event);
    }
    return true;
  }

  /**
   * Takes the page of history that ends where the log begins; any other page changes nothing.
   *
   * @param {Event[]} events
   * @param {number} prev
   */
  prepend(events, prev) {
    const newest = events.at(-1);
    if (!newest || newest.seq === this.#base) {
      this.#base = prev;
      events.forEach((event) => this.#fold(event));
    }
  }

  /**
   * Forgets everything: the room does not continue from what is here.
   *
   * @param {Conversation | undefined} conversation The conversation as the room describes it now.
   */
  reset(conversation) {
    this.#conversation = conversation;
    this.#conversationAsOf = conversation?.head ?? 0;
    this.#messages.clear();
    this.#notices.clear();
    this.#edits.clear();
    this.#deletions.clear();
    this.#sorted = undefined;
    this.#base = this.#last = undefined;
  }

  /** @param {Event} event */
  #fold(event) {
    switch (event.kind) {
      case 'message':
      case 'note': {
        const { seq, kind, actor, at, clientId, payload } = event;
        const { text, editedAt, deletedAt } = payload;
        this.#messages.set(seq, { seq, kind, actor, text, at, clientId, editedAt, deletedAt });
        this.#settle(seq);
        break;
      }
      case 'message_edited': {
        const { target, text } = event.payload;
        if (event.seq > (this.#edits.get(target)?.seq ?? 0)) {
          this.#edits.set(target, { seq: event.seq, at: event.at, text });
        }
        this.#settle(target);
        break;
      }
      case 'message_deleted':
        this.#deletions.set(event.payload.target, event.at);
        this.#settle(event.payload.target);
        break;
      case 'read':
        this.#mark(sideOf(event.actor), event.payload.upTo);
        break;
      case 'status_changed':
        this.#note(event, { status: event.payload.status });
        break;
      case 'assigned':
        this.#note(event, { assignee: event.payload.assignee });
        break;
      case 'moved':
        this.#note(event, { department: event.payload.department?.id });
        break;
      case 'tagged':
      case 'untagged': {
        const { id } = event.payload.tag;
        const others = (this.#conversation?.tags ?? []).filter((tag) => tag !== id);
        this.#note(event, { tags: event.kind === 'tagged' ? [...others, id] : others });
        break;
      }
      default:
        this.#note(event);
    }
    if (this.#conversation && event.seq > this.#conversationAsOf) {
      this.#conversationAsOf = event.seq;
      this.#conversation = { ...this.#conversation, head: event.seq };
    }
  }

  /**
   * Brings a message up to date with the edits and the deletion known of it.
   *
   * @param {number} seq
   */
  #settle(seq) {
    const message = this.#messages.get(seq);
    if (!message) {
      return;
    }
    this.#sorted = undefined;
    const edit = this.#edits.get(seq);
    const deletedAt = this.#deletions.get(seq) ?? message.deletedAt;
    if (deletedAt !== undefined) {
      this.#messages.set(seq, { ...message, deletedAt, text: '' });
    } else if (edit && !(message.editedAt !== undefined && message.editedAt > edit.at)) {
      // A replayed message has the text of its last edit. Only an edit that is no older may change it.
      this.#messages.set(seq, { ...message, editedAt: edit.at, text: edit.text });
    }
  }

  /**
   * @param {'visitor' | 'agents'} side
   * @param {number} upTo
   */
  #mark(side, upTo) {
    if (this.#conversation && upTo > this.#conversation.read[side]) {
      this.#conversation = { ...this.#conversation, read: { ...this.#conversation.read, [side]: upTo } };
    }
  }

  /**
   * Keeps a notice, and what is otherwise about the conversation after it.
   *
   * @param {Notice} notice
   * @param {Partial<Conversation>} [change]
   */
  #note(notice, change) {
    this.#notices.set(notice.seq, notice);
    if (this.#conversation && notice.seq > this.#conversationAsOf) {
      this.#conversation = { ...this.#conversation, ...change };
    }
  }
}
