/**
 * How the connection is, in words, whenever messages don't come and go at once. Appears only when it takes a moment
 * (the style sheet delays it), so that a short hiccup disturbs nobody.
 *
 * @typedef {import('../client/connection.js').ConnectionState} ConnectionState
 */

/** For how long something is said, in milliseconds. */
const NEWS = 8_000;

export class Connectivity {
  #bar;
  #status;
  #button;
  /** @type {ConnectionState} */
  #state = { name: 'idle' };
  #timer = 0;
  /** Something else that did not go well just now. */
  #news = '';

  /**
   * @param {HTMLElement} bar
   * @param {() => void} tryNow
   */
  constructor(bar, tryNow) {
    this.#bar = bar;
    this.#status = /** @type {HTMLElement} */ (bar.querySelector('span'));
    this.#button = /** @type {HTMLButtonElement} */ (bar.querySelector('button'));
    this.#button.addEventListener('click', tryNow);
  }

  /** @param {ConnectionState} state */
  show(state) {
    this.#state = state;
    clearInterval(this.#timer);
    if (state.name === 'waiting') {
      this.#timer = setInterval(() => this.#render(), 1000);
    }
    this.#bar.hidden = !this.#news && (state.name === 'idle' || state.name === 'live');
    this.#button.hidden = state.name !== 'waiting' && state.name !== 'stopped';
    // A countdown that is read out every second would be torture.
    this.#status.ariaLive = state.name === 'waiting' ? 'off' : 'polite';
    this.#render();
  }

  /** @param {string} news Said for a while. */
  say(news) {
    this.#news = news;
    this.show(this.#state);
    setTimeout(() => {
      this.#news = '';
      this.show(this.#state);
    }, NEWS);
  }

  #render() {
    const text = this.#news || this.#text();
    if (this.#status.textContent !== text) {
      this.#status.textContent = text;
    }
  }

  #text() {
    const state = this.#state;
    switch (state.name) {
      case 'connecting':
        return 'Connecting…';
      case 'offline':
        return 'You’re offline. Messages will be sent when you’re back.';
      case 'waiting':
        return `Reconnecting in ${Math.max(1, Math.ceil((state.nextAttemptAt - Date.now()) / 1000))} s`;
      case 'stopped':
        return 'The chat can’t be reached.';
      default:
        return '';
    }
  }
}
