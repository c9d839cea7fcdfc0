/**
 * Where the visitor writes. Promises that a text stays until it is sent, over reloads too, and that Enter is left to
 * the input methods that need it.
 */
import { MESSAGE_CHARACTERS } from '../../domain/bindings/wire-values.js';
import { countCharacters, isSendable } from '../client/text.js';

const DRAFT = 'voxora.draft';
/** From how many characters on they are counted. */
const COUNT_FROM = 0.9 * MESSAGE_CHARACTERS;

export class Composer {
  #form;
  #storage;
  #actions;
  #field;
  #send;
  #count;
  #editing;
  /** The message being edited, and the draft it interrupted. @type {{ seq: number, draft: string } | undefined} */
  #edit;

  /**
   * @param {HTMLFormElement} form
   * @param {import('../client/storage.js').KeyValueStorage} storage
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
      this.#keepDraft();
      this.#fit();
    });
    this.#field.addEventListener('keydown', (event) => {
      // Safari ends a composition before the Enter that ended it; 229 is how it tells.
      if (event.isComposing || event.keyCode === 229) {
        return;
      }
      if (event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        form.requestSubmit();
      } else if (event.key === 'Escape' && this.#edit) {
        event.preventDefault();
        this.#endEdit();
      }
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#editing.querySelector('button')?.addEventListener('click', () => this.#endEdit());
    // Fonts and the width decide how many lines a text takes.
    new ResizeObserver(() => this.#fit()).observe(form);
  }

  focus() {
    // On a touch screen the keyboard would cover half of what the person came to read.
    if (matchMedia('(pointer: fine)').matches) {
      this.#field.focus();
    }
  }

  /** @param {{ seq: number | undefined, text: string }} message */
  edit({ seq, text }) {
    if (seq !== undefined) {
      this.#edit = { seq, draft: this.#edit?.draft ?? this.#field.value };
      this.#set(text);
      this.#field.focus();
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
    if (this.#edit) {
      return;
    }
    try {
      this.#storage.setItem(DRAFT, this.#field.value);
    } catch {
      // A full disk costs the draft at the next reload, nothing more.
    }
  }

  /** Makes everything follow the text: the field's height, the count, what can be pressed. */
  #fit() {
    const field = this.#field;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
    const text = field.value.trim();
    const length = text.length >= COUNT_FROM ? countCharacters(text) : 0;
    this.#count.textContent = length >= COUNT_FROM ? `${length.toLocaleString()} of ${MESSAGE_CHARACTERS.toLocaleString()} characters` : '';
    this.#form.classList.toggle('over', length > MESSAGE_CHARACTERS);
    this.#send.disabled = !isSendable(text) || length > MESSAGE_CHARACTERS;
    this.#editing.hidden = !this.#edit;
    this.#send.ariaLabel = this.#edit ? 'Save' : 'Send';
  }
}
