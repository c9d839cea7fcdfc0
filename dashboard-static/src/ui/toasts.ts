/**
 * Which toasts there are, and until when. At most three at once, the latest last; each goes by itself unless held, except a
 * failure, which stays until it is dismissed.
 */
export interface Toast {
  id: number;
  text: string;
  tone?: 'neutral' | 'good' | 'bad';
  /** One thing to do about it, such as taking it back. */
  action?: { label: string; run(): void };
}

const SHOWN = 3;
/** Long enough to read, and where there is something to press, long enough to get there by keyboard. */
const LASTS = 5_000;
const LASTS_WITH_ACTION = 12_000;

interface Clock {
  setTimeout(run: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
}

const clock: Clock = {
  setTimeout: (run, milliseconds) => setTimeout(run, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as number),
};

export class Toasts {
  state: { readonly shown: readonly Toast[] } = { shown: [] };
  #next = 1;
  #timers = new Map<number, unknown>();
  #listeners = new Set<() => void>();
  #clock: Clock;

  constructor(using: Clock = clock) {
    this.#clock = using;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  add(text: string, options: Omit<Toast, 'id' | 'text'> = {}): () => void {
    const toast = { ...options, id: this.#next++, text };
    this.state.shown.slice(0, -(SHOWN - 1)).forEach(({ id }) => this.remove(id));
    this.#set([...this.state.shown, toast]);
    this.release(toast.id);
    return () => this.remove(toast.id);
  }

  remove(id: number): void {
    this.hold(id);
    this.#set(this.state.shown.filter((toast) => toast.id !== id));
  }

  /** Someone is at it: it stays. */
  hold(id: number): void {
    this.#clock.clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** Nobody is at it any more: its time begins again. */
  release(id: number): void {
    const toast = this.state.shown.find((one) => one.id === id);
    if (toast && toast.tone !== 'bad') {
      this.hold(id);
      const lasts = toast.action ? LASTS_WITH_ACTION : LASTS;
      this.#timers.set(id, this.#clock.setTimeout(() => this.remove(id), lasts));
    }
  }

  #set(shown: readonly Toast[]): void {
    if (shown.length !== this.state.shown.length || shown.at(-1) !== this.state.shown.at(-1)) {
      this.state = { shown };
      this.#listeners.forEach((listener) => listener());
    }
  }
}
