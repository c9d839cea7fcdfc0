/**
 * The list of messages. Promises that nodes live as long as their messages do (so a selection, a focus and what was
 * read aloud stay put), and that the list never jumps: it follows new messages while the person is at its end, and
 * otherwise stays where they are reading.
 *
 * @typedef {import('../client/conversation.js').ConversationState} ConversationState
 * @typedef {import('../client/conversation.js').ShownMessage} ShownMessage
 */
import { VISITOR_EDIT_WINDOW } from '../../domain/bindings/wire-values.js';
import { isSameTurn } from '../client/grouping.js';
import { dayOf, element } from './dom.js';
import { Row } from './row.js';

const AT_END = 60;
const NEAR_START = 200;

export class Messages {
  #actions;
  #scroller;
  #log;
  #older;
  #empty;
  #latest;
  #typing;
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** The lines between the days. @type {Map<string, HTMLElement>} */
  #days = new Map();
  #rowActions;
  /** Whether the list follows new messages. */
  #isFollowing = true;
  /** The last message that was there when the person scrolled away from the end. */
  #leftAt = 0;
  /** @type {ConversationState | undefined} */
  #state;

  /**
   * @param {HTMLElement} main
   * @param {object} actions
   * @param {(message: ShownMessage) => void} actions.edit
   * @param {(seq: number) => void} actions.remove
   * @param {(outboxId: string) => void} actions.retry
   * @param {(outboxId: string) => void} actions.discard
   * @param {() => void} actions.loadOlder
   * @param {() => void} actions.seen The person has reached the end.
   */
  constructor(main, actions) {
    /** @param {string} selector @returns {any} */
    const $ = (selector) => main.querySelector(selector);
    this.#actions = actions;
    this.#rowActions = {
      ...actions,
      /** @param {ShownMessage} message */
      remove: (message) => {
        actions.remove(message.seq ?? 0);
        this.#scroller.focus();
      },
    };
    /** @type {HTMLElement} */
    this.#scroller = $('.scroll');
    /** @type {HTMLElement} */
    this.#log = $('.log');
    /** @type {HTMLButtonElement} */
    this.#older = $('.older');
    /** @type {HTMLElement} */
    this.#empty = $('.empty');
    /** @type {HTMLButtonElement} */
    this.#latest = $('.latest');
    /** @type {HTMLElement} */
    this.#typing = $('.typing');
    this.#older.addEventListener('click', actions.loadOlder);
    this.#latest.addEventListener('click', () => this.toLatest());
    this.#scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    // The keyboard, a growing composer or a rotated phone must not hide the end from who was there.
    new ResizeObserver(() => this.#isFollowing && this.#toEnd()).observe(this.#scroller);
  }

  get isAtEnd() {
    return this.#isFollowing;
  }

  toLatest() {
    this.#isFollowing = true;
    this.#toEnd();
    this.#showLatest();
  }

  /** @param {ConversationState} state */
  show(state) {
    this.#state = state;
    const { messages, typing, hasOlder, loadingOlder, caughtUp, connection } = state;
    const scroller = this.#scroller;
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    const wasFirst = this.#log.firstElementChild;

    // Old messages that arrive late are not news to be read aloud.
    this.#log.ariaBusy = String(loadingOlder || !caughtUp);
    this.#older.hidden = !hasOlder;
    this.#older.disabled = loadingOlder;
    this.#older.textContent = loadingOlder ? 'Loading…' : 'Show earlier messages';
    const isConnecting = connection.name === 'connecting' && !state.conversation;
    this.#empty.hidden = messages.length > 0 || isConnecting;
    this.#render(messages);
    this.#showTyping(typing);

    if (this.#isFollowing) {
      this.#toEnd();
    } else if (wasFirst !== this.#log.firstElementChild) {
      scroller.scrollTop = scroller.scrollHeight - fromEnd;
    }
    this.#showLatest();
    if (hasOlder && !loadingOlder && !state.error && scroller.scrollHeight <= scroller.clientHeight) {
      this.#actions.loadOlder();
    }
  }

  /** @param {ShownMessage[]} messages */
  #render(messages) {
    const seen = this.#state?.read.agents ?? 0;
    const lastMine = messages.findLast(({ mine, seq, deletedAt }) => mine && seq !== undefined && !deletedAt);
    const isClosed = this.#state?.conversation?.status === 'closed';
    const rows = new Map();
    const days = new Map();
    /** @type {HTMLElement[]} */
    const nodes = [];
    messages.forEach((message, index) => {
      const { key, seq, at, mine, outboxId, deletedAt } = message;
      const before = messages[index - 1];
      const after = messages[index + 1];
      const day = dayOf(at);
      if (!before || dayOf(before.at) !== day) {
        const line = this.#days.get(day) ?? element('p', { className: 'day', textContent: day });
        days.set(day, line);
        nodes.push(line);
      }
      const row = this.#rows.get(key) ?? new Row(message, this.#rowActions);
      row.update(message, {
        first: !isSameTurn(before, message),
        last: !after || !isSameTurn(message, after),
        seen: message === lastMine && (seq ?? 0) <= seen,
        changeable:
          mine && seq !== undefined && !outboxId && !deletedAt && !isClosed && Date.now() - at < VISITOR_EDIT_WINDOW,
      });
      rows.set(key, row);
      nodes.push(row.node);
    });
    this.#rows = rows;
    this.#days = days;
    place(this.#log, nodes);
  }

  /** @param {{ name: string }[]} typing */
  #showTyping(typing) {
    const status = /** @type {HTMLElement} */ (this.#typing.querySelector('[role]'));
    const text = typing.length === 1 ? `${typing[0]?.name} is typing` : typing.length ? 'Several people are typing' : '';
    this.#typing.classList.toggle('active', typing.length > 0);
    if (status.textContent !== text) {
      status.textContent = text;
    }
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < AT_END;
    if (isAtEnd !== this.#isFollowing) {
      this.#isFollowing = isAtEnd;
      this.#leftAt = this.#state?.messages.findLast(({ seq }) => seq !== undefined)?.seq ?? 0;
      this.#showLatest();
    }
    if (isAtEnd) {
      this.#actions.seen();
    }
    if (scrollTop < NEAR_START && this.#state?.hasOlder && !this.#state.error) {
      this.#actions.loadOlder();
    }
  }

  #showLatest() {
    const news = this.#state?.messages.filter(({ seq, mine }) => !mine && (seq ?? 0) > this.#leftAt).length ?? 0;
    this.#latest.hidden = this.#isFollowing;
    this.#latest.textContent = news ? `${news} new message${news === 1 ? '' : 's'}` : 'Latest messages';
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}

/**
 * Makes `nodes` the children, and leaves alone those that are in place.
 *
 * @param {HTMLElement} parent
 * @param {HTMLElement[]} nodes
 */
function place(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) {
    if (!wanted.has(/** @type {HTMLElement} */ (child))) {
      child.remove();
    }
  }
  nodes.forEach((node, index) => {
    const there = parent.children[index];
    if (there !== node) {
      parent.insertBefore(node, there ?? null);
    }
  });
}
