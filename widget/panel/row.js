/**
 * One message in the list. Changes in place, part by part, so that a screen reader hears of a message once and not
 * again when it is sent, seen or regrouped.
 *
 * @typedef {import('../client/shown-messages.js').ShownMessage} ShownMessage
 *
 * @typedef {object} RowActions
 * @property {(message: ShownMessage, button: HTMLElement) => void} more Offers what can be done with the message.
 * @property {(outboxId: string) => void} retry
 * @property {(outboxId: string) => void} discard
 *
 * @typedef {object} Look What depends on the messages around it.
 * @property {boolean} first Whether it begins a turn of its author.
 * @property {boolean} last Whether it ends one.
 * @property {boolean} seen
 * @property {boolean} changeable
 * @property {boolean} closed Whether the conversation has ended.
 */
import { excerptOf } from '../client/excerpt.js';
import { isFewEmoji } from '../client/graphemes.js';
import { isLong } from '../client/length.js';
import { reasonFor } from '../client/refusals.js';
import { button, element, face, named, timeOf } from './dom.js';
import { marked } from './marked.js';

export class Row {
  node = element('div');
  #author = element('p');
  #text = element('p');
  #fold = button('Show all', () => this.#toggle());
  #note = element('p', { className: 'note', ariaLive: 'off' });
  #more = button('⋯', () => this.#actions.more(this.#message, this.#more));
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
    this.#more.className = 'more';
    this.#more.ariaHasPopup = 'menu';
    this.#author.append(message.mine ? 'You' : named(message.actor.name));
    const line = element('div', { className: 'line' }, this.#text, this.#more);
    if (!message.mine) {
      line.prepend(face(message.actor.name));
    }
    this.node.append(this.#author, line, this.#fold, this.#note);
  }

  /**
   * @param {ShownMessage} message
   * @param {Look} look
   * @returns {boolean} Whether it has another text, or other room for it.
   */
  update(message, look) {
    this.#message = message;
    const { mine, text, deletedAt, failed } = message;
    const isDeleted = deletedAt !== undefined;
    const classes = [mine ? 'mine' : 'theirs', look.first && 'first', look.last && 'last', failed !== undefined && 'failed'];
    this.node.className = ['row', ...classes.filter(Boolean)].join(' ');
    this.#author.className = mine || !look.first ? 'hidden' : 'name';
    const hasChanged = this.#once('text', isDeleted ? 'deleted' : `=${text}`, () => {
      const long = isLong(text);
      const style = isDeleted ? 'deleted' : long ? 'folded' : isFewEmoji(text) ? 'jumbo' : '';
      this.#text.className = `text ${style}`;
      this.#text.replaceChildren(...(isDeleted ? ['Message deleted'] : marked(text)));
      this.#fold.hidden = !long;
      this.#fold.textContent = 'Show all';
      // Which message it is about, for those who don't see where it stands.
      this.#more.ariaLabel = `Change this message: ${excerptOf(text)}`;
    });
    const hasOtherRoom = this.#more.hidden === look.changeable;
    this.#more.hidden = !look.changeable;
    this.#once('note', JSON.stringify([message, look]), () => this.#annotate(message, look));
    return hasChanged || hasOtherRoom;
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
        // What was refused because of its end is refused again until it goes on.
        ...(look.closed ? [] : [button('Retry', () => this.#actions.retry(outboxId)), ' ']),
        button('Discard', () => this.#actions.discard(outboxId)),
      );
      return;
    }
    const isEdited = editedAt !== undefined && deletedAt === undefined && !pending;
    const parts = [
      ...(isEdited ? [element('span', { textContent: 'Edited' })] : []),
      ...(look.last ? [timeOf(at)] : []),
      // Appears late, and takes no room before: most messages are sent before anybody could read it.
      ...(pending ? [element('span', { className: 'late', textContent: seq === undefined ? 'Sending…' : 'Saving…' })] : []),
      ...(look.seen ? [element('span', { textContent: 'Seen' })] : []),
    ];
    note.replaceChildren(...parts);
  }

  /**
   * Changes a part only if it is to show something else.
   *
   * @param {string} part
   * @param {string} content
   * @param {() => void} change
   */
  #once(part, content, change) {
    const isNew = this.#shown[part] !== content;
    if (isNew) {
      this.#shown[part] = content;
      change();
    }
    return isNew;
  }

  #toggle() {
    const isFolded = this.#text.classList.toggle('folded');
    this.#fold.textContent = isFolded ? 'Show all' : 'Show less';
  }
}
