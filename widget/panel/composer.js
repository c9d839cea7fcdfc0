/**
 * Where the visitor writes. Promises that a text stays until it is sent, over reloads too, that all tabs hold the same
 * draft, that an edit ends with what it changes and its text does not, and that Enter is left to the input methods that
 * need it.
 */
import { MESSAGE_CHARACTERS } from '../../domain/bindings/wire-values.js';
import { isComposing } from '../client/keys.js';
import { textLength } from '../client/length.js';
import { isSendable } from '../client/text.js';

const DRAFT = 'voxora.draft';

export class Composer {
  #form;
  #storage;
  #actions;
  #field;
  #send;
  #count;
  #editing;
  #limit = MESSAGE_CHARACTERS;
  /** The message being edited, and the draft it interrupted. @type {{ conversation: string | null, seq: number, text: string, draft: string } | undefined} */
  #edit;
  /** Whether the text of an edit that could not go on was just put into the field. */
  #isRescued = false;

  /**
   * @param {HTMLFormElement} form
   * @param {import('../client/facilities.js').KeyValueStorage} storage
   * @param {object} actions
   * @param {(text: string) => void} actions.send
   * @param {(seq: number, text: string) => void} actions.edit
   * @param {(active: boolean) => void} actions.typing
   */
  constructor(form, storage, actions) {
    this.#form = form;
    this.#storage = storage;
    this.#actions = actions;
    this.#field = /** @type {HTMLTextAreaElement} */ (form.querySelector('textarea'));
    this.#send = /** @type {HTMLButtonElement} */ (form.querySelector('.send'));
    this.#count = /** @type {HTMLElement} */ (form.querySelector('#count'));
    this.#editing = /** @type {HTMLElement} */ (form.querySelector('.editing'));
    this.#field.value = storage.getItem(DRAFT) ?? '';
    // It comes disabled: what was typed before anybody listened would be lost.
    this.#field.disabled = false;
    this.#fit();

    this.#field.addEventListener('input', () => {
      actions.typing(this.#field.value !== '');
      this.#isRescued = false;
      this.#keepDraft();
      this.#fit();
    });
    this.#field.addEventListener('keydown', (event) => {
      if (isComposing(event)) {
        return;
      }
      if (event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        this.#submit();
      } else if (event.key === 'Escape' && this.#edit) {
        event.preventDefault();
        this.#endEdit();
      }
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    // A frame that may submit no forms still has a button that sends.
    this.#send.addEventListener('click', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#editing.querySelector('button')?.addEventListener('click', () => this.#endEdit());
    // A draft that was sent, or gone on with, in another tab is not here to be sent again.
    addEventListener('storage', ({ key }) => key === DRAFT && this.#takeDraft());
    addEventListener('pageshow', () => this.#takeDraft());
    // Fonts and the width decide how many lines a text takes.
    new ResizeObserver(() => this.#fit()).observe(form);
  }

  /** Gives the field the focus, where that brings up no keyboard over what the person came to read. */
  focus() {
    if (matchMedia('(pointer: fine)').matches && !this.#form.hidden) {
      this.#field.focus();
    }
  }

  /** @param {string} text What the person may want to say. */
  suggest(text) {
    this.#set(text);
    this.#keepDraft();
    this.#field.focus();
  }

  /**
   * @param {string | null} conversation
   * @param {{ seq: number | undefined, text: string }} message
   */
  edit(conversation, { seq, text }) {
    if (seq !== undefined) {
      this.#edit = { conversation, seq, text, draft: this.#edit?.draft ?? this.#field.value };
      this.#set(text);
      this.#field.focus();
    }
  }

  /**
   * Follows what is on screen. An edit ends when its message can't be changed any more: it is gone, or its conversation
   * has ended or has given way to another one. What was typed then becomes part of the draft.
   *
   * @param {object} shown
   * @param {string | null} shown.conversation
   * @param {(seq: number) => boolean} shown.canChange
   * @param {number | undefined} shown.limit The longest message, in characters.
   */
  follow({ conversation, canChange, limit = MESSAGE_CHARACTERS }) {
    if (limit !== this.#limit) {
      this.#limit = limit;
      this.#fit();
    }
    const edit = this.#edit;
    if (edit && (edit.conversation !== conversation || !canChange(edit.seq))) {
      const typed = this.#field.value === edit.text ? '' : this.#field.value;
      this.#edit = undefined;
      this.#actions.typing(false);
      this.#isRescued = typed !== '';
      this.#set([edit.draft, typed].filter(Boolean).join('\n\n'));
      this.#keepDraft();
    }
  }

  #submit() {
    const text = this.#field.value.trim();
    if (this.#send.disabled) {
      return;
    }
    if (this.#edit) {
      this.#actions.edit(this.#edit.seq, text);
      this.#endEdit();
    } else {
      this.#actions.send(text);
      this.#isRescued = false;
      this.#set('');
      this.#keepDraft();
    }
    this.#field.focus();
  }

  #endEdit() {
    const draft = this.#edit?.draft ?? '';
    this.#edit = undefined;
    this.#actions.typing(false);
    this.#set(draft);
    this.#field.focus();
  }

  /** @param {string} text */
  #set(text) {
    this.#field.value = text;
    this.#fit();
  }

  #keepDraft() {
    const text = this.#field.value;
    if (this.#edit) {
      return;
    }
    if (text) {
      this.#storage.setItem(DRAFT, text);
    } else {
      this.#storage.removeItem(DRAFT);
    }
  }

  #takeDraft() {
    const draft = this.#storage.getItem(DRAFT) ?? '';
    if (this.#edit) {
      this.#edit.draft = draft;
    } else if (draft !== this.#field.value) {
      this.#set(draft);
    }
  }

  /** Makes everything follow the text: the field's height, the count, what can be pressed. */
  #fit() {
    const field = this.#field;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
    const text = field.value.trim();
    const { tooLong, words } = textLength(text, this.#limit);
    const rescued = this.#isRescued ? 'That message can’t be changed any more. What you wrote is kept here.' : '';
    this.#count.textContent = words ?? rescued;
    this.#form.classList.toggle('over', tooLong);
    this.#send.disabled = !isSendable(text) || tooLong;
    this.#editing.hidden = !this.#edit;
    this.#send.ariaLabel = this.#edit ? 'Save' : 'Send';
  }
}
