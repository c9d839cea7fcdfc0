/**
 * What a browser may have and still refuse: a storage, locks and a channel between the tabs of one person. Private
 * windows, blocked third-party storage, full disks and frames without an origin take them away in as many ways; some
 * are absent, some throw, some answer with a rejection. So "is it there" is never asked, only "did it work". Promises
 * that each of them does its part where it can, and that where it cannot, the page goes on as if it were the only one
 * and had a memory that ends with it: that may cost a person what they did not send, never the chat.
 *
 * Whoever uses another facility of that kind (IndexedDB, notifications, permissions) puts its fallback here.
 *
 * @typedef {object} KeyValueStorage
 * @property {(key: string) => string | null} getItem
 * @property {(key: string, value: string) => void} setItem
 * @property {(key: string) => void} removeItem
 * @property {() => string[]} keys
 */

/** How long to wait for a lock: a tab that holds one for longer has gone to sleep with it. */
const LOCK_TIMEOUT = 20_000;

/**
 * The browser's storage, and in front of it a memory for what it did not take. What can be read is read, also while
 * nothing more can be written.
 *
 * @implements {KeyValueStorage}
 */
export class PageStorage {
  /** @type {Map<string, string>} */
  #memory = new Map();
  #stored;

  /** @param {() => Storage} stored May throw, as the browser's own property does. */
  constructor(stored) {
    this.#stored = stored;
    globalThis.addEventListener?.('storage', ({ key }) => {
      // Another tab has stored something newer.
      this.#memory.delete(key ?? '');
    });
  }

  /** Whether something that is put here now will be there after a reload. */
  get isLasting() {
    const probe = 'voxora.probe';
    this.setItem(probe, '1');
    const isLasting = !this.#memory.has(probe);
    this.removeItem(probe);
    return isLasting;
  }

  keys() {
    const stored = attempt(() => Object.keys(this.#stored())) ?? [];
    return [...new Set([...stored, ...this.#memory.keys()])];
  }

  /** @param {string} key */
  getItem(key) {
    return this.#memory.get(key) ?? attempt(() => this.#stored().getItem(key)) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    try {
      this.#stored().setItem(key, value);
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, value);
    }
  }

  /** @param {string} key */
  removeItem(key) {
    this.#memory.delete(key);
    attempt(() => this.#stored().removeItem(key));
  }
}

const storage = new PageStorage(() => localStorage);

/** The storage that all tabs of this page's origin share, as far as there is one. */
export function pageStorage() {
  return storage;
}

/**
 * Does something in one tab at a time; where there are no locks, in each tab when it wants to.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} task
 * @returns {Promise<T>}
 */
export async function oneTabAtATime(name, task) {
  let hasBegun = false;
  const begin = () => {
    hasBegun = true;
    return task();
  };
  try {
    return await navigator.locks.request(name, { signal: AbortSignal.timeout(LOCK_TIMEOUT) }, begin);
  } catch (error) {
    if (hasBegun) {
      throw error;
    }
    return task();
  }
}

/**
 * Listens to the other tabs.
 *
 * @param {string} name
 * @param {(data: any) => void} onmessage
 * @returns {(data: unknown) => void} Tells them something.
 */
export function tabChannel(name, onmessage) {
  const channel = attempt(() => new BroadcastChannel(name));
  if (channel) {
    channel.onmessage = ({ data }) => onmessage(data);
  }
  return (data) => channel?.postMessage(data);
}

/**
 * Chooses one of all tabs to do something for all of them, and another one when that is closed. Where there are no locks, each
 * is chosen.
 *
 * @param {string} name
 * @returns {{ isChosen: () => boolean, end: () => void }}
 */
export function oneOfAllTabs(name) {
  let isChosen = false;
  /** @type {() => void} */
  let release = () => {};
  const ended = new AbortController();
  const kept = new Promise((resolve) => {
    release = () => resolve(undefined);
  });
  const choose = () => {
    isChosen = !ended.signal.aborted;
    return kept;
  };
  const locks = attempt(() => navigator.locks.request(name, { signal: ended.signal }, choose));
  locks ? locks.catch(choose) : void choose();
  return {
    isChosen: () => isChosen,
    end: () => {
      isChosen = false;
      ended.abort();
      release();
    },
  };
}

/**
 * Whether the browser shows notifications: `unsupported` where it knows none.
 *
 * @returns {NotificationPermission | 'unsupported'}
 */
export function notificationPermission() {
  return attempt(() => Notification.permission) ?? 'unsupported';
}

/** Asks whoever sits there whether notifications may be shown. To be called while something is being pressed. */
export async function askForNotifications() {
  try {
    await Notification.requestPermission();
  } catch {
    // What holds then is asked for by whoever wants to know.
  }
  return notificationPermission();
}

/**
 * Shows a notification, if the browser lets it. Some know them and show none that a page itself makes.
 *
 * @param {string} title
 * @param {NotificationOptions & { renotify?: boolean }} options
 * @returns {Notification | undefined}
 */
export function showNotification(title, options) {
  return notificationPermission() === 'granted' ? attempt(() => new Notification(title, options)) : undefined;
}

/**
 * @template T
 * @param {() => T} task
 * @returns {T | undefined}
 */
function attempt(task) {
  try {
    return task();
  } catch {
    return undefined;
  }
}
