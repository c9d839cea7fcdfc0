/**
 * Whether somebody is at this page. Promises that they are idle only after five minutes in which nothing came from them, and
 * no more with the first thing that does; and that a timer which came late says nothing by itself: a tab in the background
 * is woken once a minute, a machine that slept wakes with all its timers due, and whoever opens it again touches it first.
 */

/** After how many milliseconds without input somebody is idle. */
export const IDLE_AFTER = 5 * 60_000;
/** How late a timer may come and still count: browsers wake tabs in the background once a minute. */
const LATE = 90_000;
/** How long whoever has just woken their machine has to touch something. */
const WAKING = 30_000;

interface Options {
  /** A clock that nobody sets. */
  now(): number;
  tell(idle: boolean): void;
}

export class IdleWatch {
  #now;
  #tell;
  #touchedAt: number;
  #idle = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ now, tell }: Options) {
    this.#now = now;
    this.#tell = tell;
    this.#touchedAt = now();
  }

  start(): void {
    this.touched();
    this.#plan(IDLE_AFTER);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Something came from whoever is there. */
  touched(): void {
    this.#touchedAt = this.#now();
    if (this.#idle) {
      this.#idle = false;
      this.#tell(false);
      this.#plan(IDLE_AFTER);
    }
  }

  #plan(delay: number): void {
    clearTimeout(this.#timer);
    const due = this.#now() + delay;
    this.#timer = setTimeout(() => this.#look(due), delay);
  }

  #look(due: number): void {
    const left = this.#touchedAt + IDLE_AFTER - this.#now();
    if (left > 0) {
      this.#plan(left);
    } else if (this.#now() - due > LATE) {
      this.#plan(WAKING);
    } else {
      this.#idle = true;
      this.#tell(true);
    }
  }
}

/** Watches the page that this is. Gives the way to end it. */
export function watchIdle(tell: (idle: boolean) => void): () => void {
  const watch = new IdleWatch({ now: () => performance.now(), tell });
  const touched = () => watch.touched();
  let place = '';
  // What lies under a pointer that nobody moves may change, and browsers tell of that as a movement.
  const moved = ({ screenX, screenY }: PointerEvent) => {
    const next = `${screenX} ${screenY}`;
    if (next !== place) {
      place = next;
      touched();
    }
  };
  const seen = () => document.visibilityState === 'visible' && touched();
  const options = { passive: true, capture: true } as const;
  const events = ['keydown', 'pointerdown', 'wheel', 'touchmove', 'focus'] as const;
  events.forEach((name) => addEventListener(name, touched, options));
  addEventListener('pointermove', moved, options);
  document.addEventListener('visibilitychange', seen);
  watch.start();
  return () => {
    watch.stop();
    events.forEach((name) => removeEventListener(name, touched, options));
    removeEventListener('pointermove', moved, options);
    document.removeEventListener('visibilitychange', seen);
  };
}
