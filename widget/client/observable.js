/**
 * How state is watched, in panel and dashboard alike. Promises listeners one call for all that changed in one go, after
 * it, and that the state is the same object until something changes.
 */

/**
 * A state that is made anew when something changed and someone looks.
 *
 * @template State
 */
export class Observable {
  /** @type {Set<(state: State) => void>} */
  #listeners = new Set();
  #make;
  /** @type {State | undefined} */
  #state;
  #isCallPending = false;

  /** @param {() => State} make */
  constructor(make) {
    this.#make = make;
  }

  get state() {
    return (this.#state ??= this.#make());
  }

  /**
   * @param {(state: State) => void} listener
   * @returns {() => void} Ends the subscription.
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed() {
    this.#state = undefined;
    if (this.#isCallPending) {
      return;
    }
    this.#isCallPending = true;
    queueMicrotask(() => {
      this.#isCallPending = false;
      for (const listener of this.#listeners) {
        listener(this.state);
      }
    });
  }
}

/**
 * A state that its owner sets.
 *
 * @template State
 * @extends {Observable<State>}
 */
export class Store extends Observable {
  #value;

  /** @param {State} value */
  constructor(value) {
    super(() => this.#value);
    this.#value = value;
  }

  /** @param {State} value */
  set(value) {
    this.#value = value;
    this.changed();
  }
}
