/**
 * One conversation, as a visitor's panel or an agent's dashboard uses it: the client half of what docs/PROTOCOL.md
 * promises. A connection brings frames, the log makes messages of them and notices gaps, the outbox delivers what the
 * person sent: one item at a time, each until its ack, so that nothing is lost, doubled or out of order.
 *
 * @typedef {import('../../domain/bindings/wire.ts').Actor} Actor
 * @typedef {import('../../domain/bindings/wire.ts').ClientFrame} ClientFrame
 * @typedef {import('../../domain/bindings/wire.ts').Conversation} Conversation
 * @typedef {import('../../domain/bindings/wire.ts').FrameError} FrameError
 * @typedef {import('../../domain/bindings/wire.ts').History} History
 * @typedef {import('../../domain/bindings/wire.ts').SendKind} SendKind
 * @typedef {import('../../domain/bindings/wire.ts').ServerFrame} ServerFrame
 * @typedef {import('./connection.js').ConnectionState} ConnectionState
 * @typedef {import('./outbox.js').NamedFrame} NamedFrame
 * @typedef {import('./outbox.js').OutboxItem} OutboxItem
 *
 * @typedef {object} ShownMessage A message or note as the person should see it: with their own edit, or gone by their
 *   own deletion, from the moment they asked for it.
 * @property {string} key Stays the same from the first attempt to send it on.
 * @property {number | undefined} seq `undefined` while it is not stored.
 * @property {SendKind} kind
 * @property {Actor} actor
 * @property {string} text Plain text; empty once deleted.
 * @property {number} at
 * @property {number | undefined} editedAt
 * @property {number | undefined} deletedAt
 * @property {boolean} mine
 * @property {boolean} pending Whether the message, its edit or its deletion is on its way.
 * @property {string | undefined} failed Why the server refused the message, its edit or its deletion: an `ErrorCode`.
 * @property {string | undefined} outboxId What to `retry` or `discard`, if it is pending or failed.
 *
 * @typedef {object} ConversationState
 * @property {ConnectionState} connection
 * @property {boolean} caughtUp Whether all that was stored is here and events come live.
 * @property {Conversation | undefined} conversation `undefined` until first welcomed.
 * @property {ShownMessage[]} messages In order; those not stored yet come last.
 * @property {boolean} delivered Whether nothing waits to be delivered; what was refused waits for the person alone.
 * @property {import('./event-log.js').Notice[]} notices Changes of status and assignment, in order.
 * @property {number} unread Messages of the other side, among those that are here, that this side hasn't read.
 * @property {Actor[]} typing
 * @property {Actor[]} present
 * @property {import('../../domain/bindings/wire.ts').ReadMarks} read
 * @property {boolean} hasOlder
 * @property {boolean} loadingOlder
 * @property {{ code: string, message: string } | undefined} error The last refusal that is about no message.
 */

import { authorizedRequest, socketUrl } from './api.js';
import { Connection } from './connection.js';
import { EventLog } from './event-log.js';
import { Observable } from './observable.js';
import { Outbox } from './outbox.js';
import { pageStorage } from './storage.js';

const ANSWER_TIMEOUT = 15_000;
const TRY_AGAIN_AFTER = 1_000;
const TYPING_REPEAT = 3_000;
const TYPING_SILENCE = 4_000;
const TYPING_EXPIRY = 6_000;
const LEAVE_GRACE = 10_000;
const HISTORY_PAGE = 50;

/** Names a send, so that repeating it can't double it: 16 random bytes, in base64url, for every receiver pays for them. */
export function newClientId() {
  const bytes = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').slice(0, 22);
}

/** @extends {Observable<ConversationState>} */
export class ConversationClient extends Observable {
  #path;
  #baseUrl;
  #token;
  #me;
  #log = new EventLog();
  #outbox;
  /** @type {Connection<ClientFrame, ServerFrame>} */
  #connection;
  /** The conversation as the room described it when this connection began. @type {Conversation | undefined} */
  #welcomed;
  #caughtUp = false;
  #loadingOlder = false;
  /** @type {{ code: string, message: string } | undefined} */
  #error;
  #messageCharacters = 10_000;

  /** The `clientId` of the frame whose ack is awaited. @type {string | undefined} */
  #inFlight;
  /** Acked items whose events aren't here yet, with their `seq`. @type {Map<OutboxItem, number>} */
  #acked = new Map();
  /** No delivery before this moment: the room asked for patience. */
  #pausedUntil = 0;
  #deliveryTimer = 0;
  #answerTimer = 0;

  /** How far the person has read. */
  #readUpTo = 0;
  /** How far the room was told of it, on this connection. */
  #readSent = 0;
  /** Runs while the room has asked for patience with read marks. */
  #readTimer = 0;

  #typingSentAt = 0;
  #typingTimer = 0;
  /** Who types, and the timer that forgets it. @type {Map<string, { actor: Actor, timer: number }>} */
  #typing = new Map();
  /** Who is here, and, after they left, the timer that forgets them. @type {Map<string, { actor: Actor, timer: number }>} */
  #present = new Map();

  /**
   * @param {object} options
   * @param {string} options.id The conversation.
   * @param {import('./api.js').TokenSource} options.token
   * @param {Actor} options.me
   * @param {string} [options.baseUrl] The server's origin, if it isn't the page's.
   * @param {import('./storage.js').KeyValueStorage} [options.storage]
   */
  constructor({ id, token, me, baseUrl = '', storage = pageStorage() }) {
    super(() => this.#makeState());
    this.#path = `/api/v1/conversations/${id}`;
    this.#baseUrl = baseUrl;
    this.#token = token;
    this.#me = me;
    this.#outbox = new Outbox({
      storage,
      account: me.id,
      conversation: id,
      onchange: () => {
        this.#deliver();
        this.changed();
      },
    });
    this.#connection = new Connection({
      url: (after) => socketUrl(baseUrl, `${this.#path}/socket`, after),
      after: () => this.#log.last,
      token,
      probe: () => this.#request(''),
      onframe: (frame) => this.#receive(frame),
      onstate: (state) => this.#followConnection(state),
    });
  }

  /** The longest message, in characters as `countCharacters` counts them. */
  get messageCharacters() {
    return this.#messageCharacters;
  }

  open() {
    this.#connection.open();
  }

  /** Ends the connection, for good. What is in the outbox stays there for the next client of this conversation. */
  close() {
    this.#connection.close();
    this.#outbox.close();
    clearTimeout(this.#typingTimer);
    clearTimeout(this.#deliveryTimer);
    this.#endReadPause();
    for (const { timer } of [...this.#typing.values(), ...this.#present.values()]) {
      clearTimeout(timer);
    }
  }

  /** Tries to connect now instead of waiting. */
  reconnect() {
    this.#connection.reconnect();
  }

  /**
   * @param {string} text
   * @param {SendKind} [kind]
   * @param {string} [clientId] The name of the send, if it had one before.
   */
  send(text, kind = 'message', clientId = newClientId()) {
    this.typing(false);
    this.#submit({ type: 'send', clientId, kind, text: wellFormed(text) });
  }

  /**
   * @param {number} seq
   * @param {string} text
   */
  edit(seq, text) {
    this.#submit({ type: 'edit', clientId: newClientId(), target: seq, text: wellFormed(text) });
  }

  /** @param {number} seq */
  remove(seq) {
    this.#submit({ type: 'delete', clientId: newClientId(), target: seq });
  }

  /** @param {string} outboxId */
  retry(outboxId) {
    this.#outbox.retry(outboxId, Date.now());
    this.#deliver();
    this.changed();
  }

  /** @param {string} outboxId */
  discard(outboxId) {
    this.#outbox.remove(outboxId);
    this.changed();
  }

  /** The person has seen the messages that are here now. */
  markRead() {
    // Only the other side's messages count. Marks are events too: reading those would never end.
    this.#readUpTo = this.#log.messages.findLast((message) => this.#isOtherSide(message.actor))?.seq ?? 0;
    this.#tellRead();
  }

  /**
   * The person is typing (call it on every key), or has stopped.
   *
   * @param {boolean} active
   */
  typing(active) {
    clearTimeout(this.#typingTimer);
    const now = Date.now();
    if (active) {
      this.#typingTimer = setTimeout(() => this.typing(false), TYPING_SILENCE);
      if (now - this.#typingSentAt >= TYPING_REPEAT && this.#connection.send({ type: 'typing', active })) {
        this.#typingSentAt = now;
      }
    } else if (this.#typingSentAt) {
      this.#typingSentAt = 0;
      this.#connection.send({ type: 'typing', active });
    }
  }

  async loadOlder() {
    const base = this.#log.base;
    if (!base || this.#loadingOlder) {
      return;
    }
    this.#loadingOlder = true;
    this.#error = this.#error?.code === 'history' ? undefined : this.#error;
    this.changed();
    try {
      /** @type {History} */
      const page = await this.#request(`/events?before=${base + 1}&limit=${HISTORY_PAGE}`);
      this.#log.prepend(page.events, page.prev);
    } catch (error) {
      this.#error = { code: 'history', message: `Older messages could not be loaded. ${error}` };
    }
    this.#loadingOlder = false;
    this.changed();
  }

  /** @param {string} path */
  #request(path) {
    return authorizedRequest(this.#token, this.#baseUrl + this.#path + path);
  }

  /** @param {ConnectionState} state */
  #followConnection(state) {
    if (state.name !== 'live') {
      this.#caughtUp = false;
      this.#inFlight = undefined;
      this.#typingSentAt = 0;
      clearTimeout(this.#answerTimer);
    }
    this.changed();
  }

  /** @param {ServerFrame} frame */
  #receive(frame) {
    switch (frame.type) {
      case 'welcome':
        this.#me = frame.you;
        this.#messageCharacters = frame.limits.messageCharacters;
        this.#error = undefined;
        this.#pausedUntil = 0;
        this.#readSent = 0;
        this.#endReadPause();
        this.#log.describe(frame.conversation);
        this.#welcomed = frame.conversation;
        this.#meet(frame.present);
        this.#expectAnswer();
        break;
      case 'page':
        clearTimeout(this.#answerTimer);
        if (!this.#log.appendPage(frame.events, frame.prev)) {
          this.#startOver();
          break;
        }
        this.#settleOutbox(frame.events);
        if (frame.more) {
          this.#resume();
        } else {
          this.#caughtUp = true;
          this.#deliver();
          this.#tellRead();
        }
        break;
      case 'event':
        if (this.#log.append(frame)) {
          this.#settleOutbox([frame]);
          if (frame.kind === 'message' || frame.kind === 'note') {
            this.#forgetTyping(frame.actor);
          }
        } else if (this.#caughtUp) {
          this.#resume();
        }
        break;
      case 'ack': {
        const item = this.#outbox.get(frame.clientId);
        this.#outbox.remove(frame.clientId);
        if (item && frame.seq > (this.#log.last ?? 0)) {
          this.#acked.set(item, frame.seq);
        }
        this.#answered(frame.clientId);
        break;
      }
      case 'typing':
        if (!this.#isMe(frame.actor)) {
          this.#forgetTyping(frame.actor);
          if (frame.active) {
            const timer = setTimeout(() => this.#forgetTyping(frame.actor), TYPING_EXPIRY);
            this.#typing.set(nameOf(frame.actor), { actor: frame.actor, timer });
          }
        }
        break;
      case 'presence':
        if (frame.online) {
          this.#enter(frame.actor);
        } else {
          this.#leave(frame.actor);
        }
        break;
      case 'reset':
        this.#startOver();
        break;
      case 'error':
        this.#refused(frame);
        break;
    }
    this.changed();
  }

  /** Asks for what follows on the log; nothing is live until the answer says that no more is waiting. */
  #resume() {
    this.#caughtUp = false;
    this.#expectAnswer();
    this.#connection.send({ type: 'resume', after: this.#log.last ?? 0 });
  }

  /** The log can't be continued: begins with the last page of history, and goes on from its end. */
  async #startOver() {
    this.#caughtUp = false;
    clearTimeout(this.#answerTimer);
    this.#log.reset(this.#welcomed);
    try {
      /** @type {History} */
      const page = await this.#request(`/events?limit=${HISTORY_PAGE}`);
      if (this.#connection.state.name === 'live' && this.#log.last === undefined) {
        this.#log.appendPage(page.events, page.prev);
        this.#settleOutbox(page.events);
        this.#resume();
      }
    } catch {
      // With nothing to resume from, the next connection begins with the last events.
      this.#connection.reconnect();
    }
    this.changed();
  }

  /** A room that doesn't answer, though its socket is alive, is connected to anew. */
  #expectAnswer() {
    clearTimeout(this.#answerTimer);
    this.#answerTimer = setTimeout(() => this.#connection.reconnect(), ANSWER_TIMEOUT);
  }

  /** @param {NamedFrame} frame */
  #submit(frame) {
    this.#outbox.add(frame, Date.now());
    this.#deliver();
    this.changed();
  }

  /** Sends the next item, unless one is under way: the order of sending is the order of storing. */
  #deliver() {
    const now = Date.now();
    if (!this.#caughtUp || this.#inFlight !== undefined) {
      return;
    }
    const item = now >= this.#pausedUntil ? this.#outbox.next(now) : undefined;
    if (item) {
      const { frame } = item;
      if ('text' in frame && countCharacters(frame.text) > this.#messageCharacters) {
        this.#outbox.fail(frame.clientId, 'message_too_long');
        this.#deliver();
      } else if (this.#connection.send(frame)) {
        this.#inFlight = frame.clientId;
        this.#expectAnswer();
      }
      return;
    }
    const wakeAt = Math.max(this.#pausedUntil, this.#outbox.adoptsAt ?? 0);
    if (wakeAt > now) {
      clearTimeout(this.#deliveryTimer);
      this.#deliveryTimer = setTimeout(() => this.#deliver(), wakeAt - now);
    }
  }

  /** @param {string} clientId */
  #answered(clientId) {
    if (clientId === this.#inFlight) {
      this.#inFlight = undefined;
      clearTimeout(this.#answerTimer);
    }
    this.#deliver();
  }

  /**
   * What is in the log needs no sending any more, even if its ack was lost.
   *
   * @param {import('./event-log.js').Event[]} events
   */
  #settleOutbox(events) {
    for (const { actor, clientId } of events) {
      if (clientId !== undefined && this.#isMe(actor)) {
        this.#outbox.remove(clientId);
      }
    }
    for (const [item, seq] of this.#acked) {
      if (seq <= (this.#log.last ?? 0)) {
        this.#acked.delete(item);
      }
    }
  }

  /** @param {FrameError} error */
  #refused({ code, message, clientId, retryAfterMs }) {
    const isTemporary = code === 'rate_limited' || code === 'internal';
    // A frame that could not even be parsed is answered without its name. Only what is under way can be meant.
    const about = clientId ?? (code === 'malformed_frame' ? this.#inFlight : undefined);
    if (about !== undefined) {
      if (isTemporary) {
        this.#pausedUntil = Date.now() + (retryAfterMs ?? TRY_AGAIN_AFTER);
      } else {
        this.#outbox.fail(about, code);
      }
      this.#answered(about);
    } else if (!isTemporary) {
      this.#error = { code, message };
    } else if (!this.#caughtUp) {
      clearTimeout(this.#answerTimer);
      this.#answerTimer = setTimeout(() => this.#resume(), retryAfterMs ?? TRY_AGAIN_AFTER);
    } else {
      // Typing is not worth repeating; a read mark is, and it may have been the one.
      // Until then it is not told at all: whoever is shown this refusal marks as read again, and that would be refused
      // again, until the room takes it for abuse.
      this.#readSent = 0;
      this.#endReadPause();
      this.#readTimer = setTimeout(() => {
        this.#endReadPause();
        this.#tellRead();
      }, retryAfterMs ?? TRY_AGAIN_AFTER);
    }
  }

  #tellRead() {
    const known = this.#log.conversation?.read[this.#me.kind === 'visitor' ? 'visitor' : 'agents'] ?? 0;
    const upTo = this.#readUpTo;
    const isNews = upTo > Math.max(known, this.#readSent);
    if (this.#caughtUp && isNews && !this.#readTimer && this.#connection.send({ type: 'read', upTo })) {
      this.#readSent = upTo;
    }
  }

  #endReadPause() {
    clearTimeout(this.#readTimer);
    this.#readTimer = 0;
  }

  /** @param {Actor[]} actors */
  #meet(actors) {
    for (const { actor, timer } of this.#present.values()) {
      if (!timer && !actors.some((other) => nameOf(other) === nameOf(actor))) {
        this.#leave(actor);
      }
    }
    actors.forEach((actor) => this.#enter(actor));
  }

  /** @param {Actor} actor */
  #enter(actor) {
    clearTimeout(this.#present.get(nameOf(actor))?.timer);
    this.#present.set(nameOf(actor), { actor, timer: 0 });
  }

  /** @param {Actor} actor */
  #leave(actor) {
    const name = nameOf(actor);
    if (this.#present.has(name)) {
      clearTimeout(this.#present.get(name)?.timer);
      const timer = setTimeout(() => {
        this.#present.delete(name);
        this.changed();
      }, LEAVE_GRACE);
      this.#present.set(name, { actor, timer });
    }
    this.#forgetTyping(actor);
  }

  /** @param {Actor} actor */
  #forgetTyping(actor) {
    clearTimeout(this.#typing.get(nameOf(actor))?.timer);
    if (this.#typing.delete(nameOf(actor))) {
      this.changed();
    }
  }

  /** @param {Actor} actor */
  #isMe(actor) {
    return nameOf(actor) === nameOf(this.#me);
  }

  /** @param {Actor} actor */
  #isOtherSide(actor) {
    return (actor.kind === 'visitor') !== (this.#me.kind === 'visitor');
  }

  /** @returns {ConversationState} */
  #makeState() {
    const { conversation, messages, base } = this.#log;
    const read = conversation?.read ?? { visitor: 0, agents: 0 };
    const readHere = read[this.#me.kind === 'visitor' ? 'visitor' : 'agents'];
    return {
      connection: this.#connection.state,
      caughtUp: this.#caughtUp,
      conversation,
      messages: this.#showMessages(),
      delivered: this.#outbox.items.every(({ failed }) => failed !== undefined),
      notices: this.#log.notices,
      unread: messages.filter(
        ({ seq, kind, actor, deletedAt }) =>
          kind === 'message' && seq > readHere && deletedAt === undefined && this.#isOtherSide(actor),
      ).length,
      typing: Array.from(this.#typing.values(), ({ actor }) => actor),
      present: Array.from(this.#present.values(), ({ actor }) => actor),
      read,
      hasOlder: (base ?? 0) > 0,
      loadingOlder: this.#loadingOlder,
      error: this.#error,
    };
  }

  /** The log's messages with what the outbox holds laid over them. */
  #showMessages() {
    /** @type {Map<number, ShownMessage>} */
    const stored = new Map();
    for (const message of this.#log.messages) {
      const { seq, clientId, actor } = message;
      stored.set(seq, {
        ...message,
        key: clientId === undefined ? String(seq) : `${nameOf(actor)}/${clientId}`,
        mine: this.#isMe(actor),
        pending: false,
        failed: undefined,
        outboxId: undefined,
      });
    }
    /** @type {ShownMessage[]} */
    const unsent = [];
    for (const { frame, at, failed } of [...this.#acked.keys(), ...this.#outbox.items]) {
      const delivery = { pending: failed === undefined, failed, outboxId: frame.clientId };
      if (frame.type === 'send') {
        const { kind, text, clientId } = frame;
        const key = `${nameOf(this.#me)}/${clientId}`;
        const rest = { seq: undefined, editedAt: undefined, deletedAt: undefined };
        unsent.push({ key, kind, text, at, actor: this.#me, mine: true, ...rest, ...delivery });
      } else {
        const target = stored.get(frame.target);
        if (target) {
          // A refused change is shown as it was meant, so that no typed text is lost; a refused deletion deletes nothing.
          const isEdit = frame.type === 'edit';
          const change = isEdit ? { text: frame.text, editedAt: at } : failed === undefined ? { text: '', deletedAt: at } : {};
          stored.set(frame.target, { ...target, ...change, ...delivery });
        }
      }
    }
    return [...stored.values(), ...unsent];
  }
}

/** @param {Actor} actor */
function nameOf({ kind, id }) {
  return `${kind}:${id}`;
}

/**
 * The length of a text as the server counts it.
 *
 * @param {string} text
 */
export function countCharacters(text) {
  let count = 0;
  for (const _ of text) {
    count += 1;
  }
  return count;
}

/**
 * Half a surrogate pair can't be sent; a room would take the whole frame for malformed.
 *
 * @param {string} text
 */
function wellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, '\u{fffd}');
}
