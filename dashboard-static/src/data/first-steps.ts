/**
 * What a new team does first, and how far each of that has come. Promises that this is read from what there is, never
 * from what somebody has ticked; that nothing is asked for while nobody looks, nor again once a step is done; and that
 * a step of which nothing could be learnt is not spoken of.
 */
import type { KeyValueStorage } from '@client/facilities.js';
import { Store } from '@client/observable.js';
import type { Ask } from './api.ts';
import type { Permission } from './permissions.ts';

/** `unset`: it cannot be done before something outside of the dashboard is. `pending`: it was begun, and is about to be seen. */
export type Progress = 'open' | 'unset' | 'pending' | 'done';
export type StepName = keyof typeof STEPS;
export interface Step {
  name: StepName;
  progress: Progress;
}

interface State {
  /** Those that this person can take, in order; none before all that can be learnt of them is. */
  steps: readonly Step[];
  /** Whether this person has put them aside, in this browser. */
  aside: boolean;
}

/** Each step: who can take it, and how it stands. */
const STEPS = {
  people: {
    permission: 'manage_people',
    look: async (ask) => {
      const people = await ask('GET /api/v1/users', { query: { limit: 2 } });
      if (people.items.length > 1) {
        return 'done';
      }
      const invited = await ask('GET /api/v1/invitations', { query: { status: 'open', limit: 1 } });
      return invited.items.length > 0 ? 'done' : 'open';
    },
  },
  chat: {
    permission: 'manage_settings',
    // The widget is on a site when somebody has written by it: nothing else tells yet.
    look: async (ask) => {
      const { items } = await ask('GET /api/v1/conversations', { query: { limit: 1 } });
      return items.length > 0 ? 'done' : 'open';
    },
  },
  hours: {
    permission: 'manage_departments',
    look: async (ask) => {
      const { items } = await ask('GET /api/v1/departments');
      return items.some(({ hours }) => hours !== undefined) ? 'done' : 'open';
    },
  },
  mail: {
    permission: 'manage_settings',
    look: async (ask) => {
      const { missing, recent } = await ask('GET /api/v1/mail');
      // A notice of a new device goes out by itself: it tells nobody that mail arrives.
      const asked = recent.filter(({ template }) => template !== 'newDevice');
      const is = (state: (typeof recent)[number]['state']) => asked.some((mail) => mail.state === state);
      return is('sent') ? 'done' : missing.length > 0 ? 'unset' : is('waiting') ? 'pending' : 'open';
    },
  },
} as const satisfies Record<string, { permission: Permission; look(ask: Ask): Promise<Progress> }>;

const NAMES = Object.keys(STEPS) as StepName[];
/**
 * After how many milliseconds is looked again: when something was changed here, which has its effect at once or, where it
 * is work for later, as a mail is, some seconds after; and when a step is about to be done.
 */
const AFTER_CHANGE = [300, 3_000, 8_000] as const;
const WHILE_PENDING = 2_000;

interface Options {
  ask: Ask;
  may(permission: Permission): boolean;
  storage: KeyValueStorage;
  /** Whose steps they are: what is kept of them is kept for each person. */
  user: string;
}

export class FirstSteps extends Store<State> {
  #options;
  #key;
  #wanted: readonly StepName[];
  #known = new Map<StepName, Progress>();
  #watchers = 0;
  #looking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: Options) {
    const key = `voxora.first-steps.${options.user}`;
    const kept = read(options.storage.getItem(key));
    super({ steps: [], aside: kept.aside });
    this.#options = options;
    this.#key = key;
    this.#wanted = NAMES.filter((name) => options.may(STEPS[name].permission));
    this.#wanted.filter((name) => kept.done.includes(name)).forEach((name) => this.#known.set(name, 'done'));
  }

  /** Looks how they stand, and goes on doing so while somebody sees them. Gives the way to end that. */
  watch(): () => void {
    this.#watchers += 1;
    void this.#look();
    const again = () => void (document.visibilityState === 'visible' && this.#look());
    document.addEventListener('visibilitychange', again);
    return () => {
      this.#watchers -= 1;
      document.removeEventListener('visibilitychange', again);
    };
  }

  /** Whether there are any that somebody could be shown again. */
  get isHidden(): boolean {
    return this.state.aside && this.#open.length > 0;
  }

  /** Something was changed from here, by whatever request. */
  somethingChanged(): void {
    this.#lookIn(...AFTER_CHANGE);
  }

  putAside(aside: boolean): void {
    this.set({ ...this.state, aside });
    this.#keep();
    void this.#look();
  }

  get #open(): readonly StepName[] {
    return this.#wanted.filter((name) => this.#known.get(name) !== 'done');
  }

  #lookIn(...milliseconds: readonly number[]): void {
    clearTimeout(this.#timer);
    const [next, ...later] = milliseconds;
    if (this.#watchers > 0 && next !== undefined) {
      this.#timer = setTimeout(() => {
        this.#lookIn(...later);
        void this.#look();
      }, next);
    }
  }

  async #look(): Promise<void> {
    const open = this.#open;
    if (this.#watchers === 0 || this.state.aside || open.length === 0) {
      return;
    }
    if (this.#looking) {
      // What is under way may have been asked before what has changed.
      this.#lookIn(...AFTER_CHANGE);
      return;
    }
    this.#looking = true;
    await Promise.all(
      open.map(async (name) => {
        try {
          this.#known.set(name, await STEPS[name].look(this.#options.ask));
        } catch {
          // What was known stands.
        }
      }),
    );
    this.#looking = false;
    const steps = this.#wanted.flatMap((name) => {
      const progress = this.#known.get(name);
      return progress === undefined ? [] : [{ name, progress }];
    });
    this.set({ ...this.state, steps });
    this.#keep();
    if (steps.some(({ progress }) => progress === 'pending')) {
      this.#lookIn(WHILE_PENDING, ...AFTER_CHANGE);
    }
  }

  /** What was done once is not asked for again: some of what tells of it is forgotten after a month. */
  #keep(): void {
    const done = NAMES.filter((name) => this.#known.get(name) === 'done');
    this.#options.storage.setItem(this.#key, JSON.stringify({ done, aside: this.state.aside }));
  }
}

/** What this browser keeps, which may be anything. */
function read(kept: string | null): { done: readonly unknown[]; aside: boolean } {
  try {
    const { done, aside } = JSON.parse(kept ?? '{}') as { done?: unknown; aside?: unknown };
    return { done: Array.isArray(done) ? done : [], aside: aside === true };
  } catch {
    return { done: [], aside: false };
  }
}
