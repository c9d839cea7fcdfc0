/**
 * Who the visitor is. Promises one visitor per browser, however many tabs ask at once, and no request before somebody
 * needs a token.
 *
 * @typedef {import('../client/facilities.js').KeyValueStorage} KeyValueStorage
 * @typedef {import('../../domain/bindings/wire.ts').VisitorSession} VisitorSession
 * @typedef {VisitorSession & { expiresAt: number }} KeptSession
 */
import { request } from '../client/api.js';
import { oneTabAtATime } from '../client/facilities.js';

const KEY = 'voxora.session';
/** A token that is about to expire might do so on its way. */
const MARGIN = 60_000;

export class Session {
  #storage;
  /** @type {Promise<KeptSession> | undefined} */
  #renewal;

  /** @param {KeyValueStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** The visitor, if there was a session in this browser before. */
  get visitorId() {
    return this.#kept?.visitorId;
  }

  /** @type {import('../client/api.js').TokenSource} */
  token = async ({ insteadOf } = {}) => {
    const kept = this.#kept;
    const isGood = kept && kept.accessToken !== insteadOf && kept.expiresAt - MARGIN > Date.now();
    return (isGood ? kept : await this.#renew(kept?.accessToken)).accessToken;
  };

  /** @returns {KeptSession | undefined} */
  get #kept() {
    try {
      return JSON.parse(this.#storage.getItem(KEY) ?? 'null') ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** @param {string | undefined} replacing The token that is no longer wanted. */
  #renew(replacing) {
    // Without locks, the worst case is a second visitor who never wrote anything.
    this.#renewal ??= oneTabAtATime(KEY, async () => {
      const kept = this.#kept;
      if (kept && kept.accessToken !== replacing) {
        // Another tab was faster.
        return kept;
      }
      /** @type {VisitorSession} */
      const session = await request('/api/v1/widget/session', {
        method: 'POST',
        body: kept ? { renewalToken: kept.renewalToken } : {},
      });
      const renewed = { ...session, expiresAt: Date.now() + session.expiresIn * 1000 };
      this.#storage.setItem(KEY, JSON.stringify(renewed));
      return renewed;
    }).finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }
}
