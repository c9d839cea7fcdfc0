/**
 * The team's tags: those that can be put on a conversation, those that are archived, and what any of them is called.
 */
import { ApiError } from '@client/api.js';
import type { CreateTag, List, Tag, UpdateTag } from '@wire';
import type { Ask } from './api.ts';
import { Resource } from './resource.ts';

/** As the server lists them: by name, without regard to case. */
const byName = (one: Tag, other: Tag) => one.name.localeCompare(other.name) || (one.id < other.id ? -1 : 1);

export class Tags {
  /** Those in use. */
  readonly active: Resource<Tag, CreateTag, UpdateTag>;
  readonly archived: Resource<Tag, never, UpdateTag>;
  #ask;
  /** Those that were looked for and are gone, or are being looked for. */
  #missing = new Set<string>();

  constructor(ask: Ask) {
    this.#ask = ask;
    const list = (archived: boolean) => (cursor: string | undefined): Promise<List<Tag>> =>
      ask('GET /api/v1/tags', { query: { archived, cursor } });
    const shared = {
      one: (id: string) => ask('GET /api/v1/tags/{id}', { path: { id } }),
      change: (id: string, body: UpdateTag, version: number) => ask('PATCH /api/v1/tags/{id}', { path: { id }, body, version }),
      remove: (id: string, version: number) => ask('DELETE /api/v1/tags/{id}', { path: { id }, version }),
    };
    const isArchived = ({ archivedAt }: Tag) => archivedAt !== undefined;
    this.active = new Resource(
      { ...shared, list: list(false), create: (body: CreateTag, key: string) => ask('POST /api/v1/tags', { body, key }) },
      { order: byName, belongs: (tag) => !isArchived(tag) },
    );
    this.archived = new Resource({ ...shared, list: list(true) }, { order: byName, belongs: isArchived });
  }

  /** A tag as far as it is here; one that isn't is looked for, and is here later unless there is none. */
  get(id: string): Tag | undefined {
    const known = this.active.get(id) ?? this.archived.get(id);
    if (!known && this.active.state.loaded && !this.#missing.has(id)) {
      this.#missing.add(id);
      void this.#find(id);
    }
    return known;
  }

  /** Whether there is no such tag any more. */
  isGone(id: string): boolean {
    return this.#missing.has(id);
  }

  /** Those that count as this one because they are merged into it, as far as is known. */
  mergedInto(id: string): string[] {
    return this.archived.state.items.flatMap((tag) => (tag.mergedInto === id ? [tag.id] : []));
  }

  /** Archives it, or takes it out again. */
  async archive(tag: Tag, archived: boolean): Promise<void> {
    const changed = await (archived ? this.active : this.archived).change(tag, { archived });
    (archived ? this.archived : this.active).merge(changed);
  }

  /** Has another tag take its place on every conversation. */
  async merge({ id, version }: Tag, into: string): Promise<void> {
    const merged = await this.#ask('POST /api/v1/tags/{id}/merge', { path: { id }, version, body: { into } });
    this.active.merge(merged);
    this.archived.merge(merged);
    await this.active.one(into);
  }

  async #find(id: string): Promise<void> {
    try {
      const tag = await this.#ask('GET /api/v1/tags/{id}', { path: { id } });
      this.#missing.delete(id);
      this.active.merge(tag);
      this.archived.merge(tag);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) {
        this.#missing.delete(id);
      }
    }
  }
}
