/**
 * What people ask of a conversation over REST: its status, whose it is, its department, its tags. Promises that nothing asked for is
 * dropped: acts on one conversation go out one after the other, in order; that each is shown at once, as it will be; and
 * that it is shown so until the conversation itself says it, or the act has failed, which `onfailure` is told of.
 */
import { Store } from '@client/observable.js';
import type { Conversation } from '@wire';

/** The part of a conversation that acts change. */
export type Changeable = Pick<Conversation, 'status' | 'assignee' | 'department' | 'tags'> & {
  [Key in 'priority' | 'snoozedUntil']?: Conversation[Key] | undefined;
};

export interface Act {
  /** The conversation as it will be. */
  change(before: Changeable): Partial<Changeable>;
  /** Asks for it. The answer tells the `head` from which on the conversation has it, if it tells anything. */
  request(): Promise<{ head: number } | undefined>;
  /** What could not be done, in words, for the beginning of a sentence. */
  failure: string;
}

interface Pending {
  act: Act;
  /** From which event on the conversation has it; unknown before the answer. */
  from: number | undefined;
}

/** By conversation. */
export type PendingChanges = ReadonlyMap<string, readonly Pending[]>;

export class Changes extends Store<PendingChanges> {
  #onfailure;
  #head;
  #running = new Set<string>();

  /** `head`: the last event of a conversation that is known here. */
  constructor(onfailure: (act: Act, error: unknown) => void, head: (id: string) => number | undefined) {
    super(new Map());
    this.#onfailure = onfailure;
    this.#head = head;
  }

  /** Asks for an act as soon as those before it are answered. */
  do(id: string, act: Act): void {
    this.#put(id, [...this.#of(id), { act, from: undefined }]);
    if (!this.#running.has(id)) {
      void this.#run(id);
    }
  }

  async #run(id: string): Promise<void> {
    this.#running.add(id);
    for (let next = this.#next(id); next; next = this.#next(id)) {
      const { act } = next;
      const before = this.#head(id) ?? 0;
      try {
        const from = (await act.request())?.head ?? before + 1;
        this.#put(id, this.#of(id).map((pending) => (pending.act === act ? { act, from } : pending)));
      } catch (error) {
        this.#put(id, this.#of(id).filter((pending) => pending.act !== act));
        this.#onfailure(act, error);
      }
    }
    this.#running.delete(id);
  }

  #next(id: string): Pending | undefined {
    return this.#of(id).find(({ from }) => from === undefined);
  }

  #of(id: string): readonly Pending[] {
    const head = this.#head(id) ?? 0;
    return (this.state.get(id) ?? []).filter(({ from }) => from === undefined || from > head);
  }

  #put(id: string, pending: readonly Pending[]): void {
    const all = new Map(this.state);
    if (pending.length > 0) {
      all.set(id, pending);
    } else {
      all.delete(id);
    }
    this.set(all);
  }
}

/** A conversation as it will be once all that was asked for is done. */
export function foreseen<C extends Changeable & { id: string; head: number }>(conversation: C, changes: PendingChanges): C {
  return (changes.get(conversation.id) ?? [])
    .filter(({ from }) => from === undefined || from > conversation.head)
    .reduce((before, { act }) => ({ ...before, ...act.change(before) }), conversation);
}

/** Whether something that was asked for has no answer yet. */
export function isUnanswered(id: string, changes: PendingChanges): boolean {
  return (changes.get(id) ?? []).some(({ from }) => from === undefined);
}
