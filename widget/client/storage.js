/**
 * The browser's storage, or memory where there is none: private windows, blocked third-party storage and full disks
 * must cost a visitor their drafts at worst, never the chat.
 *
 * @typedef {Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>} KeyValueStorage
 */

/** @implements {KeyValueStorage} */
export class MemoryStorage {
  /** @type {Map<string, string>} */
  #items = new Map();

  get length() {
    return this.#items.size;
  }

  /** @param {number} index */
  key(index) {
    return [...this.#items.keys()][index] ?? null;
  }

  /** @param {string} key */
  getItem(key) {
    return this.#items.get(key) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.#items.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.#items.delete(key);
  }
}

/**
 * The page's `localStorage` if it takes and gives back what one stores.
 *
 * @returns {KeyValueStorage}
 */
export function pageStorage() {
  try {
    const probe = 'voxora.probe';
    localStorage.setItem(probe, '1');
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    return new MemoryStorage();
  }
}
