/**
 * The team's tags: those that can be put on a conversation, those that are archived, and which of these are merged into another.
 */
import type { CreateTag, Tag, UpdateTag } from '@wire';
import type { Ask } from './api.ts';
import { Catalogue } from './catalogue.ts';

export class Tags extends Catalogue<Tag, CreateTag, UpdateTag> {
  #ask;

  constructor(ask: Ask) {
    super({
      list: (archived, cursor) => ask('GET /api/v1/tags', { query: { archived, cursor } }),
      one: (id) => ask('GET /api/v1/tags/{id}', { path: { id } }),
      create: (body, key) => ask('POST /api/v1/tags', { body, key }),
      change: (id, body, version) => ask('PATCH /api/v1/tags/{id}', { path: { id }, body, version }),
      remove: (id, version) => ask('DELETE /api/v1/tags/{id}', { path: { id }, version }),
    });
    this.#ask = ask;
  }

  /** Those that count as this one because they are merged into it, as far as is known. */
  mergedInto(id: string): string[] {
    return this.archived.state.items.flatMap((tag) => (tag.mergedInto === id ? [tag.id] : []));
  }

  /** Has another tag take its place on every conversation. */
  async mergeInto({ id, version }: Tag, into: string): Promise<void> {
    this.merge(await this.#ask('POST /api/v1/tags/{id}/merge', { path: { id }, version, body: { into } }));
    await this.active.one(into);
  }
}
