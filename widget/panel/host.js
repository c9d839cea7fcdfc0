/**
 * The panel's end of the channel to the page that embeds it; loader.js describes the messages. Promises that only the
 * parent window, at the origin named in the panel's address, is listened and talked to.
 */
export class Host {
  // A page without an origin (a file, a sandbox) is called `null`, and can only be addressed as anyone.
  #origin = location.hash.slice(1) || 'null';
  #target = this.#origin === 'null' ? '*' : this.#origin;

  /** @param {Record<'theme' | 'open' | 'close' | 'watch', (message: { focus?: boolean, dark?: boolean }) => void>} handlers */
  constructor(handlers) {
    addEventListener('message', ({ source, origin, data }) => {
      if (source === parent && origin === this.#origin && data?.voxora === 1 && Object.hasOwn(handlers, data.type)) {
        handlers[/** @type {'open'} */ (data.type)](data);
      }
    });
    this.tell({ type: 'ready' });
  }

  /** @param {{ type: 'ready' } | { type: 'close', keyboard: boolean } | { type: 'unread', count: number } | { type: 'going', going: boolean }} message */
  tell(message) {
    if (parent !== window) {
      parent.postMessage({ voxora: 1, ...message }, this.#target);
    }
  }
}
