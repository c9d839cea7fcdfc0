/**
 * One conversation, as a visitor's panel or an agent's dashboard uses it: the client half of what docs/PROTOCOL.md
 * promises. This file gives each frame to the part that it concerns, and makes one state of all parts. A connection
 * brings the frames; `catch-up.js` keeps the log of events complete, and `event-log.js` makes messages of it; what the
 * person sends goes by `delivery.js`, how far they have read and whether they look by `signal.js`; who else is here is in
 * `people.js`.
 *
 * @typedef {import('../../domain/bindings/wire.ts').Actor} Actor
 * @typedef {import('../../domain/bindings/wire.ts').Conversation} Conversation
 * @typedef {import('../../domain/bindings/wire.ts').SendKind} SendKind
 * @typedef {import('../../domain/bindings/wire.ts').ServerFrame} ServerFrame
 * @typedef {import('./connection.js').ConnectionState} ConnectionState
 * @typedef {Connection<import('../../domain/bindings/wire.ts').ClientFrame, ServerFrame>} RoomConnection
 * @typedef {import('./shown-messages.js').ShownMessage} ShownMessage
 * @typedef {import('./conversation-state.js').ConversationState} ConversationState
 */
import { areAcross, isSameActor, sideOf } from './actors.js';
import { authorizedRequest, socketUrl } from './api.js';
import { CatchUp } from './catch-up.js';
import { Connection } from './connection.js';
import { NOTHING_KNOWN } from './conversation-state.js';
import { Delivery } from './delivery.js';
import { pageStorage } from './facilities.js';
import { Observable } from './observable.js';
import { newClientId } from './outbox.js';
import { People } from './people.js';
import { pauseAfter } from './refusals.js';
import { showMessages } from './shown-messages.js';
import { Signal } from './signal.js';
import { TypingSignal } from './typing.js';
import { countUnread } from './unread.js';

/** @extends {Observable<ConversationState>} */
export class ConversationClient extends Observable {
  #me;
  /** @type {RoomConnection} */
  #connection;
  #catchUp;
  #delivery;
  #readMark;
  #viewing;
  #typing;
  #people = new People(() => this.changed());
  /** @type {{ code: string, message: string } | undefined} */
  #error;

  /**
   * @param {object} options
   * @param {string} options.id The conversation.
   * @param {import('./api.js').TokenSource} options.token
   * @param {Actor} options.me
   * @param {string} [options.baseUrl] The server's origin, if it isn't the page's.
   * @param {import('./facilities.js').KeyValueStorage} [options.storage]
   * @param {import('./event-log.js').EventLog} [options.log] What an earlier client of this conversation knew: it is
   *   shown at once, and gone on with.
   */
  constructor({ id, token, me, baseUrl = '', storage = pageStorage(), log }) {
    super(() => this.#makeState());
    this.#me = me;
    const path = `/api/v1/conversations/${id}`;
    const onchange = () => this.changed();
    /** @param {string} rest */
    const request = (rest) => authorizedRequest(token, baseUrl + path + rest);
    this.#connection = new Connection({
      url: (after) => socketUrl(baseUrl, `${path}/socket`, after),
      after: () => this.#catchUp.log.last,
      token,
      probe: () => request(''),
      onframe: (frame) => this.#receive(frame),
      onstate: (state) => this.#followConnection(state),
    });
    this.#catchUp = new CatchUp({
      ...(log && { log }),
      request,
      connection: this.#connection,
      onevents: (events) => this.#settle(events),
      ondone: () => {
        this.#delivery.next();
        this.#readMark.tell();
      },
      onchange,
    });
    this.#delivery = new Delivery({
      storage,
      account: me.id,
      conversation: id,
      isReady: () => this.#catchUp.isDone,
      connection: this.#connection,
      onchange,
    });
    this.#readMark = new Signal({
      initial: 0,
      isNews: (upTo, told = 0) => upTo > Math.max(this.#catchUp.log.conversation?.read[sideOf(this.#me)] ?? 0, told),
      send: (upTo) => this.#catchUp.isDone && this.#connection.send({ type: 'read', upTo }),
    });
    this.#viewing = new Signal({
      initial: false,
      isNews: (active, told) => active !== told,
      send: (active) => this.#connection.send({ type: 'viewing', active }),
    });
    this.#typing = new TypingSignal((active) => this.#connection.send({ type: 'typing', active }));
  }

  /** What is known of the conversation, for another client of it. */
  get log() {
    return this.#catchUp.log;
  }

  /** The longest message, in characters as `countCharacters` counts them. */
  get messageCharacters() {
    return this.#delivery.limit;
  }

  open() {
    this.#connection.open();
  }

  /** Ends the connection, for good. What is in the outbox stays there for the next client of this conversation. */
  close() {
    this.#connection.close();
    this.#delivery.close();
    this.#readMark.close();
    this.#viewing.close();
    this.#typing.close();
    this.#people.close();
  }

  /** Tries to connect now instead of waiting. */
  reconnect() {
    this.#connection.reconnect();
  }

  /**
   * @param {string} text
   * @param {SendKind} [kind]
   */
  send(text, kind = 'message') {
    this.typing(false);
    this.#delivery.submit({ type: 'send', clientId: newClientId(), kind, text });
    this.changed();
  }

  /** @param {import('./outbox.js').OutboxItem[]} items What waited elsewhere and belongs here, under the names it has. */
  take(items) {
    this.#delivery.take(items);
    this.changed();
  }

  /** The messages and notes that are not stored yet, in order. */
  get unsent() {
    return this.#delivery.unsent;
  }

  /**
   * @param {number} seq
   * @param {string} text
   */
  edit(seq, text) {
    this.#delivery.submit({ type: 'edit', clientId: newClientId(), target: seq, text });
    this.changed();
  }

  /** @param {number} seq */
  remove(seq) {
    this.#delivery.submit({ type: 'delete', clientId: newClientId(), target: seq });
    this.changed();
  }

  /** @param {string} outboxId */
  retry(outboxId) {
    this.#delivery.retry(outboxId);
    this.changed();
  }

  /** @param {string} outboxId */
  discard(outboxId) {
    this.#delivery.discard(outboxId);
    this.changed();
  }

  /** The person has seen the messages that are here now. */
  markRead() {
    // Only the other side's messages count. Marks are events too: reading those would never end.
    this.#readMark.set(this.#catchUp.log.messages.findLast(({ actor }) => areAcross(actor, this.#me))?.seq ?? 0);
  }

  /** @param {boolean} active Whether the person has the conversation before their eyes. */
  viewing(active) {
    this.#viewing.set(active);
  }

  /**
   * The person is typing (call it on every key), or has stopped.
   *
   * @param {boolean} active
   */
  typing(active) {
    this.#typing.set(active);
  }

  loadOlder() {
    return this.#catchUp.loadOlder();
  }

  /** @param {ConnectionState} state */
  #followConnection(state) {
    if (state.name !== 'live') {
      this.#catchUp.disconnected();
      this.#delivery.disconnected();
      this.#typing.disconnected();
    }
    this.changed();
  }

  /** @param {ServerFrame} frame */
  #receive(frame) {
    switch (frame.type) {
      case 'welcome':
        this.#me = frame.you;
        this.#delivery.limit = frame.limits.messageCharacters;
        this.#error = undefined;
        this.#delivery.connected();
        this.#readMark.connected();
        this.#viewing.connected();
        this.#viewing.tell();
        this.#people.meet(frame.present);
        this.#catchUp.welcomed(frame.conversation);
        break;
      case 'page':
        this.#catchUp.page(frame);
        break;
      case 'event':
        this.#catchUp.event(frame);
        break;
      case 'ack':
        this.#delivery.acked(frame.clientId, frame.seq, this.#catchUp.log.last ?? 0);
        break;
      case 'typing':
        if (!isSameActor(frame.actor, this.#me)) {
          this.#people.types(frame.actor, frame.active);
        }
        break;
      case 'presence':
        this.#people.move(frame);
        break;
      case 'reset':
        this.#catchUp.startOver();
        break;
      case 'error':
        this.#refused(frame);
        break;
    }
    this.changed();
  }

  /** @param {import('../../domain/bindings/wire.ts').FrameError} error */
  #refused(error) {
    if (this.#delivery.refused(error)) {
      return;
    }
    const pause = pauseAfter(error);
    if (pause === undefined) {
      this.#error = error;
    } else {
      // Typing is not worth repeating; a read mark is, and whether they look.
      this.#viewing.refused(pause);
      (this.#catchUp.isDone ? this.#readMark : this.#catchUp).refused(pause);
    }
  }

  /** @param {import('./events.js').Event[]} events What has just come into the log. */
  #settle(events) {
    const mine = events.flatMap(({ actor, clientId = [] }) => (isSameActor(actor, this.#me) ? clientId : []));
    this.#delivery.settle(mine, this.#catchUp.log.last ?? 0);
    for (const { kind, actor } of events) {
      if (kind === 'message' || kind === 'note') {
        this.#people.types(actor, false);
      }
    }
  }

  /** @returns {ConversationState} */
  #makeState() {
    const { log, isDone, isLoadingOlder, error } = this.#catchUp;
    const { conversation, messages, notices, base } = log;
    const read = conversation?.read ?? NOTHING_KNOWN.read;
    return {
      connection: this.#connection.state,
      caughtUp: isDone,
      conversation,
      messages: showMessages(messages, this.#delivery.items, this.#me),
      delivered: this.#delivery.isDone,
      notices,
      unread: countUnread(messages, this.#me, read),
      typing: this.#people.typing,
      present: this.#people.present,
      read,
      hasOlder: (base ?? 0) > 0,
      loadingOlder: isLoadingOlder,
      error: error ?? this.#error,
    };
  }
}
