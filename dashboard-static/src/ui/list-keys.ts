/**
 * How lists are moved in by keyboard, as the ARIA Authoring Practices have it: what menus, listboxes, selects and tabs do
 * alike. Pure: a key and a place give a place.
 */
const PAGE = 10;

/** Where `key` leads from `index` in a list of `count`, or `undefined` if it does not move. */
export function moved(key: string, index: number, count: number, { wraps = false } = {}): number | undefined {
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
      return index < last ? index + 1 : wraps ? 0 : last;
    case 'ArrowUp':
      return index > 0 ? index - 1 : wraps || index < 0 ? last : 0;
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'PageDown':
      return Math.min(index + PAGE, last);
    case 'PageUp':
      return Math.max(index - PAGE, 0);
    default:
      return undefined;
  }
}

/** How an arrow along the line of writing moves: the same as down or up, depending on which way the line runs. */
export function alongLine(key: string, rightToLeft: boolean): string {
  switch (key) {
    case 'ArrowLeft':
      return rightToLeft ? 'ArrowDown' : 'ArrowUp';
    case 'ArrowRight':
      return rightToLeft ? 'ArrowUp' : 'ArrowDown';
    case 'ArrowUp':
    case 'ArrowDown':
      return '';
    default:
      return key;
  }
}

/** Whether a key writes something, and so may look for a name. */
export function isPrintable({ key, ctrlKey, metaKey, altKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): boolean {
  return !ctrlKey && !metaKey && !altKey && [...key].length === 1;
}

/** Letters as they are compared when someone looks for a word: without case and accents. */
export function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** Those of which each word that is sought begins a word, in any order; all, if nothing is sought. */
export function matches<One extends { label: string }>(all: readonly One[], sought: string, textOf = ({ label }: One) => label): One[] {
  const beginnings = words(sought);
  return all.filter((one) => {
    const found = words(textOf(one));
    return beginnings.every((beginning) => found.some((word) => word.startsWith(beginning)));
  });
}

function words(text: string): string[] {
  return folded(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

/** Finds what someone means who types the beginning of a name. A pause begins anew. */
export class TypeAhead {
  static readonly PAUSE = 700;
  #typed = '';
  #at = -Infinity;

  /** Whether a space goes on with what is being typed, rather than choose. */
  isTyping(now = Date.now()): boolean {
    return this.#typed !== '' && now - this.#at < TypeAhead.PAUSE;
  }

  /** The place of what `key` leads to from `index`. The same letter again goes on to the next that begins with it. */
  find(key: string, labels: readonly string[], index: number, now = Date.now()): number | undefined {
    this.#typed = (this.isTyping(now) ? this.#typed : '') + folded(key);
    this.#at = now;
    const letters = [...this.#typed];
    const repeats = letters.every((letter) => letter === letters[0]);
    const wanted = repeats ? (letters[0] ?? '') : this.#typed;
    const from = repeats ? index + 1 : Math.max(index, 0);
    for (let step = 0; step < labels.length; step += 1) {
      const place = (from + step) % labels.length;
      if (folded(labels[place] ?? '').startsWith(wanted)) {
        return place;
      }
    }
    return undefined;
  }
}
