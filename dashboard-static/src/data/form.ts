/**
 * A form on its way to the server. Promises that what can be known here is said before anything is sent; that what the
 * server refuses stands at the field it is about (by JSON pointer), or above the button when it is about none; that it
 * is sent once at a time, and that pressing the button again meanwhile, with other values, is not forgotten.
 *
 * A field may be a whole of several parts, as JSON: what is wrong with one of them stands under its pointer from the field on,
 * such as `hours/week/monday/0/from`.
 */
import { ApiError } from '@client/api.js';
import { Store } from '@client/observable.js';
import { explain } from './explain.ts';

export type Values = Readonly<Record<string, string>>;
/** What is wrong with a field; with parts of it, by their pointers from the field on, such as `week/monday/0`. */
type Wrong = string | Readonly<Record<string, string>> | undefined;
export type Rules<V extends Values> = { [Name in keyof V]?: (value: string, values: V) => Wrong };

type Errors<V extends Values> = Readonly<Partial<Record<keyof V | `${string}/${string}`, string>>>;

export interface FormState<V extends Values> {
  values: V;
  /** What is wrong, by field. */
  errors: Errors<V>;
  /** What is wrong with none of the fields. */
  error: string | undefined;
  busy: boolean;
  /** Until when the server wants to be left alone. */
  waitUntil: number | undefined;
}

export interface FormOptions<V extends Values> {
  values: V;
  rules?: Rules<V>;
  send(values: V): Promise<unknown>;
  /** What this form has better words for: by field, or for the whole. */
  refusal?(failure: unknown): Partial<Record<keyof V, string>> | string | undefined;
}

export class Form<V extends Values> extends Store<FormState<V>> {
  #rules: Rules<V>;
  #send;
  #refusal;
  /** Whether the person has tried: before that nobody is told off for what is not written yet. */
  #tried = false;
  /** What the server said of fields, as long as they say the same. */
  #refused = {} as Errors<V>;
  /** The values to send when the answer is here: the button was pressed again with them. */
  #again: V | undefined;

  constructor({ values, rules = {}, send, refusal }: FormOptions<V>) {
    super({ values, errors: {} as Errors<V>, error: undefined, busy: false, waitUntil: undefined });
    this.#rules = rules;
    this.#send = send;
    this.#refusal = refusal;
  }

  write(name: keyof V, value: string): void {
    const stands = ([place]: [string, unknown]) => place !== name && !place.startsWith(`${String(name)}/`);
    this.#refused = Object.fromEntries(Object.entries(this.#refused).filter(stands)) as Errors<V>;
    const values = { ...this.state.values, [name]: value };
    this.set({ ...this.state, values, errors: this.#errors(values) });
  }

  /** Sends it, if it is worth sending. Says whether it was taken. */
  async submit(): Promise<boolean> {
    this.#tried = true;
    const { values, busy, waitUntil = 0 } = this.state;
    const errors = this.#errors(values);
    if (Object.keys(errors).length > 0) {
      this.set({ ...this.state, errors });
      return false;
    }
    if (busy) {
      this.#again = values;
      return false;
    }
    // The button says how long it will be.
    return waitUntil > Date.now() ? false : this.#submit(values);
  }

  async #submit(values: V): Promise<boolean> {
    this.#again = undefined;
    this.set({ ...this.state, errors: {} as Errors<V>, error: undefined, busy: true, waitUntil: undefined });
    try {
      await this.#send(values);
      this.set({ ...this.state, busy: false });
      return true;
    } catch (failure) {
      const again = this.#again as V | undefined;
      if (again !== undefined && !sameValues(again, values)) {
        return this.#submit(again);
      }
      this.#refuse(failure);
      return false;
    }
  }

  #refuse(failure: unknown): void {
    const own = this.#refusal?.(failure);
    const { about, rest } =
      own === undefined
        ? refusedFields(failure, Object.keys(this.state.values))
        : typeof own === 'string'
          ? { about: {}, rest: own }
          : { about: own, rest: undefined };
    this.#refused = { ...about } as Errors<V>;
    const retryAfter = failure instanceof ApiError ? failure.retryAfterMs : undefined;
    this.set({
      ...this.state,
      errors: this.#errors(this.state.values),
      error: rest,
      busy: false,
      waitUntil: retryAfter === undefined ? undefined : Date.now() + retryAfter,
    });
  }

  #errors(values: V): Errors<V> {
    const errors: Record<string, string | undefined> = { ...this.#refused };
    if (this.#tried) {
      for (const name of Object.keys(values)) {
        const wrong = this.#rules[name]?.(values[name] ?? '', values);
        if (typeof wrong === 'string') {
          errors[name] = wrong;
        } else {
          Object.entries(wrong ?? {}).forEach(([part, words]) => (errors[`${name}/${part}`] = words));
        }
      }
    }
    return errors as Errors<V>;
  }
}

function sameValues(one: Values, other: Values): boolean {
  return Object.keys(one).every((name) => one[name] === other[name]);
}

/** What a refusal says of each field (`/name` is the field `name`, `/name/0` a part of it), and in words what it says besides. */
export function refusedFields(failure: unknown, names: readonly string[]): { about: Record<string, string>; rest: string | undefined } {
  const about: Record<string, string> = {};
  let others = failure instanceof ApiError ? failure.errors.length : 0;
  for (const { pointer, detail } of failure instanceof ApiError ? failure.errors : []) {
    if (names.some((name) => pointer === `/${name}` || pointer.startsWith(`/${name}/`))) {
      about[pointer.slice(1)] = asSentence(detail);
      others -= 1;
    }
  }
  const isAllSaid = Object.keys(about).length > 0 && others === 0;
  return { about, rest: isAllSaid ? undefined : explain(failure) };
}

/** "must have …" of the contract, as it stands at its field. */
function asSentence(detail: string): string {
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}${/[.!?]$/.test(detail) ? '' : '.'}`;
}
