/**
 * A resource of the API as screens use it: a list that grows page by page (keyset cursor), one item, and what changes
 * them. Promises that of two versions of an item the newer one is shown, whichever way it came; that a change happens to
 * the version that was seen, or not at all; that making something again after an answer was lost makes nothing twice;
 * and that a list which is asked for again shows what it had until the new one is here.
 */
import { ApiError } from '@client/api.js';
import { Store } from '@client/observable.js';
import { newClientId } from '@client/outbox.js';
import type { List } from '@wire';

export interface Kept {
  id: string;
  /** Raised by every change. */
  version: number;
}

/** The requests behind a resource; what one cannot do, it has no request for. */
export interface Requests<Item, Create, Update> {
  list(cursor: string | undefined): Promise<List<Item>>;
  one(id: string): Promise<Item>;
  create?(body: Create, key: string): Promise<Item>;
  change?(id: string, body: Update, version: number): Promise<Item>;
  remove?(id: string, version: number): Promise<unknown>;
}

interface Options<Item> {
  /** The order in which the server lists them. */
  order(one: Item, other: Item): number;
  /** Whether the list is of such items; one that is changed so that it isn't leaves it. */
  belongs?(item: Item): boolean;
}

export interface ResourceState<Item> {
  /** What is here, in order. */
  items: readonly Item[];
  /** Whether the first page has come. */
  loaded: boolean;
  hasMore: boolean;
  loading: boolean;
  /** Why the last page could not be loaded; `undefined` if it could. */
  error: unknown;
}

/** Hints come in bursts, and what they are about is stored a few seconds later; the list is asked for once. */
const HINT_MS = 5_000;

export class Resource<Item extends Kept, Create = never, Update = never> extends Store<ResourceState<Item>> {
  #requests;
  #order;
  #belongs;
  #items = new Map<string, Item>();
  /** Where the next page begins; `null` when there is none. */
  #cursor: string | null | undefined;
  /** Counts the readings of the list: a page of an earlier one is void. */
  #reading = 0;
  #hint: ReturnType<typeof setTimeout> | undefined;
  /** What was to be made when no answer came: the same again goes by the same name. */
  #unanswered: { body: string; key: string } | undefined;

  constructor(requests: Requests<Item, Create, Update>, { order, belongs = () => true }: Options<Item>) {
    super({ items: [], loaded: false, hasMore: false, loading: false, error: undefined });
    this.#requests = requests;
    this.#order = order;
    this.#belongs = belongs;
  }

  get(id: string): Item | undefined {
    return this.#items.get(id);
  }

  /** Sees to it that the list is here: call it when a screen needs it. */
  async load(): Promise<void> {
    if (this.#cursor === undefined && !this.state.loading) {
      await this.#read(this.#reading, undefined);
    }
  }

  async loadMore(): Promise<void> {
    if (typeof this.#cursor === 'string' && !this.state.loading) {
      await this.#read(this.#reading, this.#cursor);
    }
  }

  /** Reads the list again, as far as it is here. */
  async refresh(): Promise<void> {
    this.#reading += 1;
    const reading = this.#reading;
    const wanted = this.#items.size;
    const seen = new Set<string>();
    const take = (items: Item[]) => items.forEach(({ id }) => seen.add(id));
    let cursor: string | undefined;
    do {
      // Page after page: each one's cursor comes with the one before.
      await this.#read(reading, cursor, take);
      cursor = this.#cursor ?? undefined;
    } while (reading === this.#reading && this.state.error === undefined && cursor !== undefined && seen.size < wanted);
    if (reading === this.#reading && this.state.error === undefined) {
      [...this.#items.keys()].filter((id) => !seen.has(id)).forEach((id) => this.#items.delete(id));
      this.#show({});
    }
  }

  /** Something elsewhere has changed, as a socket tells: the list is read again, if anyone has asked for it. */
  hint(): void {
    if (this.#cursor !== undefined) {
      this.#hint ??= setTimeout(() => {
        this.#hint = undefined;
        void this.refresh();
      }, HINT_MS);
    }
  }

  /** Takes an item that came by another way. */
  merge(item: Item): void {
    this.#take(item);
    this.#show({});
  }

  async one(id: string): Promise<Item> {
    const item = await this.#requests.one(id);
    this.merge(item);
    return item;
  }

  async create(body: Create): Promise<Item> {
    const text = JSON.stringify(body);
    const key = this.#unanswered?.body === text ? this.#unanswered.key : newClientId();
    this.#unanswered = { body: text, key };
    const item = await this.#able('create')(body, key).catch((error: unknown) => this.#refused(error));
    this.#unanswered = undefined;
    this.merge(item);
    return item;
  }

  /** Changes the version that was seen; if it is another by now, that one is fetched, and the failure says so. */
  async change({ id, version }: Item, body: Update): Promise<Item> {
    try {
      const item = await this.#able('change')(id, body, version);
      this.merge(item);
      return item;
    } catch (error) {
      await this.#catchUp(id, error);
      throw error;
    }
  }

  async remove({ id, version }: Item): Promise<void> {
    try {
      await this.#able('remove')(id, version);
    } catch (error) {
      await this.#catchUp(id, error);
      throw error;
    }
    this.forget(id);
  }

  /** It is gone, or belongs elsewhere now. */
  forget(id: string): void {
    this.#items.delete(id);
    this.#show({});
  }

  #refused(error: unknown): never {
    if (error instanceof ApiError && !error.isTemporary) {
      this.#unanswered = undefined;
    }
    throw error;
  }

  /** What was refused because it looks otherwise by now is fetched as it is. */
  async #catchUp(id: string, error: unknown): Promise<void> {
    if (!(error instanceof ApiError)) {
      return;
    }
    if (error.status === 404) {
      this.forget(id);
    } else if (error.status === 409 || error.status === 412) {
      await this.one(id).catch(() => {});
    }
  }

  #able<Name extends 'create' | 'change' | 'remove'>(name: Name): NonNullable<Requests<Item, Create, Update>[Name]> {
    const able = this.#requests[name];
    if (!able) {
      throw new Error(`This resource has no request to ${name} one.`);
    }
    return able;
  }

  async #read(reading: number, cursor: string | undefined, then?: (items: Item[]) => void): Promise<void> {
    this.#show({ loading: true, error: undefined });
    try {
      const { items, nextCursor } = await this.#requests.list(cursor);
      if (reading === this.#reading) {
        items.forEach((item) => this.#take(item));
        then?.(items);
        this.#cursor = nextCursor ?? null;
        this.#show({ loading: false });
      }
    } catch (error) {
      if (reading === this.#reading) {
        this.#show({ loading: false, error });
      }
    }
  }

  #take(item: Item): void {
    const known = this.#items.get(item.id);
    if (known && known.version > item.version) {
      return;
    }
    if (this.#belongs(item)) {
      this.#items.set(item.id, item);
    } else {
      this.#items.delete(item.id);
    }
  }

  #show(change: Partial<ResourceState<Item>>): void {
    this.set({
      ...this.state,
      items: [...this.#items.values()].sort(this.#order),
      loaded: this.#cursor !== undefined,
      hasMore: typeof this.#cursor === 'string',
      ...change,
    });
  }
}
