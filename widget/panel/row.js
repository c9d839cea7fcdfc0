/**
 * One message in the list. Changes in place, part by part, so that a screen reader hears of a message once and not
 * again when it is sent, seen or regrouped.
 *
 * @typedef {import('../client/conversation.js').ShownMessage} ShownMessage
 *
 * @typedef {object} RowActions
 * @property {(message: ShownMessage) => void} edit
 * @property {(message: ShownMessage) => void} remove
 * @property {(outboxId: string) => void} retry
 * @property {(outboxId: string) => void} discard
 *
 * @typedef {object} Look What depends on the messages around it.
 * @property {boolean} first Whether it begins a turn of its author.
 * @property {boolean} last Whether it ends one.
 * @property {boolean} seen
 * @property {boolean} changeable
 */
import { reasonFor } from '../client/refusals.js';
import { element, linked, timeOf } from './dom.js';

export class Row {
  node = element('div');
  #author = element('p');
  #text = element('p');
  #note = element('p', { className: 'note', ariaLive: 'off' });
  #more = button('⋯', () => this.#toggleMenu());
  #menu;
  #actions;
  /** @type {ShownMessage} */
  #message;
  /** What the parts show now. @type {Record<string, string>} */
  #shown = {};

  /**
   * @param {ShownMessage} message
   * @param {RowActions} actions
   */
  constructor(message, actions) {
    this.#message = message;
    this.#actions = actions;
    this.#menu = element(
      'p',
      { className: 'menu', hidden: true },
      button('Edit', () => this.#choose(actions.edit)),
      button('Delete', () => this.#choose(actions.remove)),
    );
    this.#more.className = 'more';
    this.#more.ariaLabel = 'Change this message';
    this.#more.ariaExpanded = 'false';
    this.#author.textContent = message.mine ? 'You' : message.actor.name;
    this.node.append(
      this.#author,
      element('div', { className: 'line' }, this.#text, this.#more),
      this.#menu,
      this.#note,
    );
  }

  /**
   * @param {ShownMessage} message
   * @param {Look} look
   */
  update(message, look) {
    this.#message = message;
    const { mine, text, deletedAt, failed } = message;
    const isDeleted = deletedAt !== undefined;
    const classes = [mine ? 'mine' : 'theirs', look.first && 'first', look.last && 'last', failed !== undefined && 'failed'];
    this.node.className = ['row', ...classes.filter(Boolean)].join(' ');
    this.#author.className = mine || !look.first ? 'hidden' : 'name';
    this.#once('text', isDeleted ? 'deleted' : `=${text}`, () => {
      this.#text.className = isDeleted ? 'text deleted' : 'text';
      this.#text.replaceChildren(isDeleted ? 'Message deleted' : linked(text));
    });
    this.#more.hidden = !look.changeable;
    if (!look.changeable) {
      this.#close();
    }
    this.#once('note', JSON.stringify([message, look]), () => this.#annotate(message, look));
  }

  /**
   * @param {ShownMessage} message
   * @param {Look} look
   */
  #annotate({ seq, at, editedAt, deletedAt, pending, failed, outboxId = '' }, look) {
    const note = this.#note;
    note.ariaLive = failed === undefined ? 'off' : 'polite';
    if (failed !== undefined) {
      const what = seq === undefined ? 'Not sent' : 'Not changed';
      const reason = reasonFor(failed);
      note.replaceChildren(
        reason ? `${what}: ${reason}. ` : `${what}. `,
        button('Retry', () => this.#actions.retry(outboxId)),
        ' ',
        button('Discard', () => this.#actions.discard(outboxId)),
      );
    } else if (pending) {
      note.replaceChildren(element('span', { className: 'late', textContent: seq === undefined ? 'Sending…' : 'Saving…' }));
    } else {
      const isEdited = editedAt !== undefined && deletedAt === undefined;
      note.replaceChildren(
        ...(isEdited ? ['Edited '] : []),
        ...(look.last ? [timeOf(at)] : []),
        ...(look.seen ? [element('span', { className: 'seen', textContent: ' Seen' })] : []),
      );
    }
  }

  /**
   * Changes a part only if it is to show something else.
   *
   * @param {string} part
   * @param {string} content
   * @param {() => void} change
   */
  #once(part, content, change) {
    if (this.#shown[part] !== content) {
      this.#shown[part] = content;
      change();
    }
  }

  #toggleMenu() {
    this.#menu.hidden = !this.#menu.hidden;
    this.#more.ariaExpanded = String(!this.#menu.hidden);
  }

  #close() {
    this.#menu.hidden = true;
    this.#more.ariaExpanded = 'false';
  }

  /** @param {(message: ShownMessage) => void} action */
  #choose(action) {
    this.#close();
    action(this.#message);
  }
}

/**
 * @param {string} label
 * @param {() => void} action
 */
function button(label, action) {
  const node = element('button', { type: 'button', className: 'plain', textContent: label });
  node.addEventListener('click', action);
  return node;
}
