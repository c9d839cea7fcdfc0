/** The roles there are: those that are built in, then the team's own by name. */
import type { CreateRole, TeamRole, UpdateRole } from '@wire';
import type { Ask } from './api.ts';
import { byName } from './catalogue.ts';
import { Resource } from './resource.ts';

export type Roles = Resource<TeamRole, CreateRole, UpdateRole>;

export function rolesOf(ask: Ask): Roles {
  return new Resource<TeamRole, CreateRole, UpdateRole>(
    {
      list: (cursor) => ask('GET /api/v1/roles', { query: { cursor } }),
      one: (id) => ask('GET /api/v1/roles/{id}', { path: { id } }),
      create: (body, key) => ask('POST /api/v1/roles', { body, key }),
      change: (id, body, version) => ask('PATCH /api/v1/roles/{id}', { path: { id }, body, version }),
      remove: (id, version) => ask('DELETE /api/v1/roles/{id}', { path: { id }, version }),
    },
    { order: (one, other) => Number(other.builtIn) - Number(one.builtIn) || byName(one, other) },
  );
}
