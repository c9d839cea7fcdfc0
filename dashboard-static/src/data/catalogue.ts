/**
 * What the team gives names to, uses, and archives once it is not used any more: what is in use, what is archived, and what any
 * of it is called. One that is archived leaves the one list for the other; one that is in neither is looked for, once.
 */
import { ApiError } from '@client/api.js';
import type { List } from '@wire';
import { Resource, type Kept } from './resource.ts';

interface Item extends Kept {
  name: string;
  archivedAt?: number;
}

/** As the server lists what has a name: by it, without regard to case. */
export function byName(one: { id: string; name: string }, other: { id: string; name: string }): number {
  return one.name.localeCompare(other.name) || (one.id < other.id ? -1 : 1);
}

/** The requests behind it. */
interface Requests<One, Create, Update> {
  list(archived: boolean, cursor: string | undefined): Promise<List<One>>;
  one(id: string): Promise<One>;
  create(body: Create, key: string): Promise<One>;
  change(id: string, body: Update | { archived: boolean }, version: number): Promise<One>;
  remove(id: string, version: number): Promise<unknown>;
}

export class Catalogue<One extends Item, Create, Update> {
  /** What is in use. */
  readonly active: Resource<One, Create, Update | { archived: boolean }>;
  readonly archived: Resource<One, never, Update | { archived: boolean }>;
  #one;
  /** Those that were looked for and are gone, or are being looked for. */
  #missing = new Set<string>();

  constructor({ list, create, ...shared }: Requests<One, Create, Update>) {
    const isArchived = ({ archivedAt }: One) => archivedAt !== undefined;
    this.#one = shared.one;
    this.active = new Resource<One, Create, Update | { archived: boolean }>(
      { ...shared, list: (cursor) => list(false, cursor), create },
      { order: byName, belongs: (one) => !isArchived(one) },
    );
    this.archived = new Resource<One, never, Update | { archived: boolean }>(
      { ...shared, list: (cursor) => list(true, cursor) },
      { order: byName, belongs: isArchived },
    );
  }

  /** One as far as it is here; one that isn't is looked for, and is here later unless there is none. */
  get(id: string): One | undefined {
    const known = this.active.get(id) ?? this.archived.get(id);
    if (!known && this.active.state.loaded && !this.#missing.has(id)) {
      this.#missing.add(id);
      void this.#find(id);
    }
    return known;
  }

  /** Whether there is no such one any more. */
  isGone(id: string): boolean {
    return this.#missing.has(id);
  }

  /** Takes one that came by another way, into the list that it belongs to. */
  merge(one: One): void {
    this.active.merge(one);
    this.archived.merge(one);
  }

  /** The list that it is in. */
  listOf({ archivedAt }: One) {
    return archivedAt === undefined ? this.active : this.archived;
  }

  /** Changes the version that was seen, wherever it is. */
  async change(one: One, body: Update | { archived: boolean }): Promise<One> {
    const changed = await this.listOf(one).change(one, body);
    this.merge(changed);
    return changed;
  }

  /** Archives it, or takes it out again. */
  async archive(one: One, archived: boolean): Promise<void> {
    await this.change(one, { archived });
  }

  async #find(id: string): Promise<void> {
    try {
      const one = await this.#one(id);
      this.#missing.delete(id);
      this.merge(one);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) {
        this.#missing.delete(id);
      }
    }
  }
}
