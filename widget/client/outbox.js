/**
 * What a person has sent and the server has not yet acked: messages, edits and deletions, in order. Promises that
 * nothing typed is lost by a reload, a crash or a closed tab, where the browser lets us store anything at all.
 *
 * Each item is stored under a key of its own, so that tabs never overwrite one another. Every tab of the same person
 * shows all items. A tab delivers those it made and those it found when it began (their maker may be gone); what
 * another tab makes meanwhile is left to that tab, and taken over if it is still there after a while. If two tabs do
 * send the same item, its `clientId` makes it one.
 *
 * @typedef {import('../../domain/bindings/wire.ts').ClientFrame} ClientFrame
 * @typedef {Extract<ClientFrame, { clientId: string }>} NamedFrame A frame that is acked by its `clientId`.
 * @typedef {import('./facilities.js').KeyValueStorage} KeyValueStorage
 *
 * @typedef {object} OutboxItem
 * @property {NamedFrame} frame
 * @property {number} at When it was put here: the order of sending.
 * @property {string} [failed] Why the server refused it. It is kept until the person retries or discards it.
 */

const PREFIX = 'voxora.outbox.';
const ADOPT_AFTER = 10_000;

/** Names an item, so that sending it again can't double it: its idempotency key. */
export function newClientId() {
  const bytes = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').slice(0, 22);
}

export class Outbox {
  #storage;
  #prefix;
  #onchange;
  /** @type {Map<string, OutboxItem>} */
  #items = new Map();
  /** The items that another, living tab should deliver, by when they were first seen here. @type {Map<string, number>} */
  #elsewhere = new Map();

  /**
   * @param {object} options
   * @param {KeyValueStorage} options.storage
   * @param {string} options.account Whose outbox it is.
   * @param {string} options.conversation
   * @param {() => void} options.onchange Called when another tab changed it.
   */
  constructor({ storage, account, conversation, onchange }) {
    this.#storage = storage;
    this.#prefix = `${PREFIX}${account}.${conversation}.`;
    this.#onchange = onchange;
    for (const key of storage.keys()) {
      if (key.startsWith(this.#prefix)) {
        this.#read(key, storage.getItem(key));
      }
    }
    addEventListener('storage', this.#follow);
  }

  close() {
    removeEventListener('storage', this.#follow);
  }

  /** All items, in order. */
  get items() {
    return [...this.#items.values()].sort((a, b) => a.at - b.at);
  }

  /**
   * The next item that this tab is to deliver.
   *
   * @param {number} now
   * @returns {OutboxItem | undefined}
   */
  next(now) {
    return this.items.find(
      ({ frame, failed }) => failed === undefined && now >= (this.#elsewhere.get(frame.clientId) ?? now),
    );
  }

  /** When the next item of another tab is to be taken over; `undefined` if there is none. */
  get adoptsAt() {
    return this.#elsewhere.size ? Math.min(...this.#elsewhere.values()) : undefined;
  }

  /**
   * @param {string} clientId
   * @returns {OutboxItem | undefined}
   */
  get(clientId) {
    return this.#items.get(clientId);
  }

  /**
   * @param {NamedFrame} frame
   * @param {number} now
   */
  add(frame, now) {
    this.put({ frame, at: this.#after(now) });
  }

  /**
   * Takes an item over from another outbox, as it is.
   *
   * @param {OutboxItem} item
   */
  put(item) {
    this.#elsewhere.delete(item.frame.clientId);
    this.#items.set(item.frame.clientId, item);
    this.#storage.setItem(this.#prefix + item.frame.clientId, JSON.stringify(item));
  }

  /**
   * Keeps an item as refused.
   *
   * @param {string} clientId
   * @param {string} reason
   */
  fail(clientId, reason) {
    const item = this.#items.get(clientId);
    if (item) {
      this.put({ ...item, failed: reason });
    }
  }

  /**
   * Lets a refused item be sent again, after those that wait already: under another name, if the server has stored
   * something else under this one.
   *
   * @param {string} clientId
   * @param {number} now
   */
  retry(clientId, now) {
    const item = this.#items.get(clientId);
    if (item?.failed !== undefined) {
      this.remove(clientId);
      const name = item.failed === 'client_id_reused' ? newClientId() : clientId;
      this.add({ ...item.frame, clientId: name }, now);
    }
  }

  /**
   * Forgets an item: it was acked, or the person discarded it.
   *
   * @param {string} clientId
   */
  remove(clientId) {
    this.#items.delete(clientId);
    this.#elsewhere.delete(clientId);
    this.#storage.removeItem(this.#prefix + clientId);
  }

  /** @param {number} now */
  #after(now) {
    return Math.max(now, (this.items.at(-1)?.at ?? 0) + 1);
  }

  /** @param {StorageEvent} event */
  #follow = ({ key }) => {
    if (!key?.startsWith(this.#prefix)) {
      return;
    }
    const clientId = key.slice(this.#prefix.length);
    const isNew = !this.#items.has(clientId);
    // What is stored now, not what the event brings: the room may have been faster, and the item be settled already.
    const value = this.#storage.getItem(key);
    if (value === null) {
      this.#items.delete(clientId);
      this.#elsewhere.delete(clientId);
    } else {
      this.#read(key, value);
      if (isNew) {
        this.#elsewhere.set(clientId, Date.now() + ADOPT_AFTER);
      }
    }
    this.#onchange();
  };

  /**
   * @param {string} key
   * @param {string | null} value
   */
  #read(key, value) {
    try {
      /** @type {OutboxItem} */
      const item = JSON.parse(value ?? '');
      if (key === this.#prefix + item.frame.clientId) {
        this.#items.set(item.frame.clientId, item);
      }
    } catch {
      // Not an item of ours: nothing to send, and not ours to delete.
    }
  }
}

/**
 * The conversations in whose outboxes something is, left there by this tab or by one that is gone.
 *
 * @param {KeyValueStorage} storage
 * @param {string} account
 * @returns {string[]}
 */
export function conversationsWithOutbox(storage, account) {
  const prefix = `${PREFIX}${account}.`;
  const conversations = new Set();
  for (const key of storage.keys()) {
    if (key.startsWith(prefix)) {
      conversations.add(key.slice(prefix.length, key.lastIndexOf('.')));
    }
  }
  return [...conversations];
}
