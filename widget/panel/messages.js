/**
 * The list of messages. Promises that nodes live as long as their messages do (so a selection, a focus and what was
 * read aloud stay put), and that the list never jumps: it follows new messages while the person is at its end, and
 * otherwise stays where they are reading.
 *
 * @typedef {import('../client/conversation-state.js').ConversationState} ConversationState
 * @typedef {import('../client/shown-messages.js').ShownMessage} ShownMessage
 */
import { VISITOR_EDIT_WINDOW } from '../../domain/bindings/wire-values.js';
import { isSameTurn } from '../client/grouping.js';
import { dayName } from '../client/time.js';
import { element, named } from './dom.js';
import { copyAsWritten } from './marked.js';
import { Row } from './row.js';

const AT_END = 60;
const NEAR_START = 200;
/** How much of what was read stays in sight above what was not. */
const ABOVE_UNREAD = 48;
/** What a bubble has beside its text, in pixels: the padding that the style sheet gives it. */
const BUBBLE_SIDES = 26;

export class Messages {
  #actions;
  #scroller;
  #log;
  #older;
  #latest;
  #typing;
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** The lines between the days. @type {Map<string, HTMLElement>} */
  #days = new Map();
  /** Whether the list follows new messages. */
  #isFollowing = true;
  /** The last message that was there when the person scrolled away from the end. */
  #leftAt = 0;
  /** @type {ConversationState | undefined} */
  #state;
  /** Whose messages these are. @type {string | null} */
  #conversation = null;

  /**
   * @param {HTMLElement} main
   * @param {object} actions
   * @param {(message: ShownMessage, button: HTMLElement) => void} actions.more
   * @param {(outboxId: string) => void} actions.retry
   * @param {(outboxId: string) => void} actions.discard
   * @param {() => void} actions.loadOlder
   * @param {() => void} actions.seen The person has reached the end.
   */
  constructor(main, actions) {
    /** @param {string} selector @returns {any} */
    const $ = (selector) => main.querySelector(selector);
    this.#actions = actions;
    /** @type {HTMLElement} */
    this.#scroller = $('.scroll');
    /** @type {HTMLElement} */
    this.#log = $('.log');
    /** @type {HTMLButtonElement} */
    this.#older = $('.older');
    /** @type {HTMLButtonElement} */
    this.#latest = $('.latest');
    /** @type {HTMLElement} */
    this.#typing = $('.typing');
    this.#older.addEventListener('click', actions.loadOlder);
    this.#latest.addEventListener('click', () => {
      this.toLatest();
      this.focus();
    });
    this.#scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    // A tap is how what can be done with a message is had without a mouse or a keyboard.
    this.#log.addEventListener('click', (/** @type {Event} */ { target }) => {
      const row = /** @type {Element} */ (target).closest('.row');
      this.#log.querySelector('.chosen')?.classList.remove('chosen');
      row?.classList.add('chosen');
    });
    this.#log.addEventListener('copy', copyAsWritten);
    // The keyboard, a growing composer or a rotated phone must not hide the end from who was there.
    new ResizeObserver(() => {
      this.#wrap();
      if (this.#isFollowing) {
        this.#toEnd();
      }
    }).observe(this.#scroller);
  }

  get isAtEnd() {
    return this.#isFollowing;
  }

  /** The list takes the focus from what has gone. */
  focus() {
    this.#scroller.focus({ preventScroll: true });
  }

  toLatest() {
    this.#isFollowing = true;
    this.#toEnd();
    this.#showLatest();
  }

  /** Whoever opens the chat sees what came meanwhile, from the first message that they have not read. */
  toUnread() {
    const { messages = [], read } = this.#state ?? {};
    const first = messages.find(({ mine, seq, deletedAt }) => !mine && !deletedAt && (seq ?? 0) > (read?.visitor ?? 0));
    const node = first && this.#rows.get(first.key)?.node;
    this.toLatest();
    if (node) {
      const above = this.#scroller.getBoundingClientRect().top - node.getBoundingClientRect().top;
      this.#scroller.scrollTop -= Math.max(0, above + ABOVE_UNREAD);
    }
  }

  /**
   * @param {ConversationState} state
   * @param {string | null} conversation
   */
  show(state, conversation) {
    const { messages, typing, hasOlder, loadingOlder, caughtUp } = state;
    const scroller = this.#scroller;
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    const wasFirst = this.#log.firstElementChild;
    this.#state = state;
    // Another conversation begins at its end; one that has just begun is the same to who wrote its first message.
    if (conversation !== this.#conversation) {
      this.#isFollowing ||= this.#conversation !== null;
      this.#conversation = conversation;
    }

    // Old messages that arrive late are not news to be read aloud.
    this.#log.ariaBusy = String(loadingOlder || !caughtUp);
    this.#older.hidden = !hasOlder;
    this.#older.textContent = loadingOlder ? 'Loading…' : 'Show earlier messages';
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
    const closed = this.#state?.conversation?.status === 'closed';
    const now = Date.now();
    const rows = new Map();
    const days = new Map();
    /** @type {HTMLElement[]} */
    const nodes = [];
    /** @type {HTMLDivElement[]} */
    const changed = [];
    messages.forEach((message, index) => {
      const { key, seq, at, mine, outboxId, deletedAt } = message;
      const before = messages[index - 1];
      const after = messages[index + 1];
      const day = dayName(at, now);
      if (!before || dayName(before.at, now) !== day) {
        const line = this.#days.get(day) ?? element('p', { className: 'day', textContent: day });
        days.set(day, line);
        nodes.push(line);
      }
      const row = this.#rows.get(key) ?? new Row(message, this.#actions);
      const hasChanged = row.update(message, {
        first: !isSameTurn(before, message),
        last: !after || !isSameTurn(message, after),
        seen: message === lastMine && (seq ?? 0) <= seen,
        changeable: mine && seq !== undefined && !outboxId && !deletedAt && !closed && now - at < VISITOR_EDIT_WINDOW,
        closed,
      });
      rows.set(key, row);
      nodes.push(row.node);
      if (hasChanged) {
        changed.push(row.node);
      }
    });
    this.#rows = rows;
    this.#days = days;
    place(this.#log, nodes);
    if (changed.length) {
      this.#wrap(changed);
    }
  }

  /** @param {{ name: string }[]} typing */
  #showTyping(typing) {
    const status = /** @type {HTMLElement} */ (this.#typing.querySelector('[role]'));
    const [first, ...others] = typing;
    const name = first && !others.length ? first.name : '';
    const text = name ? `${name} is typing` : first ? 'Several people are typing' : '';
    this.#typing.classList.toggle('active', typing.length > 0);
    if (status.textContent !== text) {
      status.replaceChildren(...(name ? [named(name), ' is typing'] : [text]));
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

  /** Makes bubbles as wide as their longest line: a paragraph keeps the width that it would have liked to have. */
  #wrap(rows = [...this.#rows.values()].map(({ node }) => node)) {
    const texts = rows.flatMap((row) => [.../** @type {NodeListOf<HTMLElement>} */ (row.querySelectorAll('.text'))]);
    texts.forEach(({ style }) => (style.inlineSize = ''));
    const range = document.createRange();
    const widths = texts.map((text) => {
      range.selectNodeContents(text);
      const lines = [...range.getClientRects()];
      const width = Math.max(...lines.map(({ right }) => right)) - Math.min(...lines.map(({ left }) => left));
      return lines.length > 1 && width > 0 ? `${Math.ceil(width) + BUBBLE_SIDES}px` : '';
    });
    texts.forEach(({ style }, index) => (style.inlineSize = widths[index] ?? ''));
  }

  /** A greeting begins with its first word. */
  #toEnd() {
    this.#scroller.scrollTop = this.#rows.size ? this.#scroller.scrollHeight : 0;
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
