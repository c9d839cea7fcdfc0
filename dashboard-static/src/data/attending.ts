/**
 * What is before the eyes of whoever is signed in, and whether they write to its visitor: while the field has words and one
 * of them came within the last ten seconds, or they have just taken it over. Promises that what nobody sees, because the page
 * is hidden, is looked at by nobody.
 */

/** How long somebody writes after their last key, in milliseconds. */
export const WRITING = 10_000;

interface Options {
  isVisible(): boolean;
  attend(conversation: string | null, replying: boolean): void;
  claim(conversation: string): void;
}

export class Attending {
  #options;
  #shown: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writes = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** A conversation is on screen, or none. */
  show(conversation: string | null): void {
    if (conversation !== this.#shown) {
      this.#rest();
      this.#shown = conversation;
    }
    this.seen();
  }

  /** A reply was written on; `hasWords`: there is one. */
  typed(hasWords: boolean): void {
    this.#rest();
    if (hasWords) {
      this.#write();
    }
    this.seen();
  }

  /** Takes over from whoever else is answering what is on screen. */
  takeOver(): void {
    if (this.#shown !== null) {
      this.#rest();
      this.#write();
      this.#options.claim(this.#shown);
    }
  }

  /** The page has come into sight or gone out of it, or something else may have changed. */
  seen(): void {
    const { isVisible, attend } = this.#options;
    const conversation = isVisible() ? this.#shown : null;
    attend(conversation, conversation !== null && this.#writes);
  }

  #write(): void {
    this.#writes = true;
    this.#timer = setTimeout(() => {
      this.#writes = false;
      this.seen();
    }, WRITING);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#writes = false;
  }
}
