/** The people and the invitations, as the screen lists them. */
import type { CreateInvitation, Invitation, SentInvitation, UpdateUser, User } from '@wire';
import type { Ask } from '../../data/api.ts';
import { byName } from '../../data/catalogue.ts';
import { Resource } from '../../data/resource.ts';

export interface Filter {
  search: string;
  /** A role's name or id; empty for every role. */
  role: string;
  /** A department's id; empty for all, and for those in none. */
  department: string;
  status: '' | User['status'];
}

export const EVERYBODY: Filter = { search: '', role: '', department: '', status: '' };

export const isFiltered = (filter: Filter): boolean => Object.values(filter).some((one) => one.trim() !== '');

export type People = Resource<User, never, UpdateUser>;
export type Invitations = Resource<Invitation>;

const newestFirst = (one: Invitation, other: Invitation) => other.createdAt - one.createdAt || (one.id > other.id ? -1 : 1);

export function peopleOf(ask: Ask, filter: Filter): People {
  const { role, department, status } = filter;
  const search = filter.search.trim();
  return new Resource<User, never, UpdateUser>(
    {
      list: (cursor) =>
        ask('GET /api/v1/users', {
          query: { search: search || undefined, role: role || undefined, department: department || undefined, status: status || undefined, cursor },
        }),
      one: (id) => ask('GET /api/v1/users/{id}', { path: { id } }),
      change: (id, body, version) => ask('PATCH /api/v1/users/{id}', { path: { id }, body, version }),
    },
    { order: byName, belongs: (user) => fits(user, filter) },
  );
}

/** Whether somebody who has changed is still among those who are shown; whom a search finds, the server knows. */
export function fits({ role, departments, status }: User, filter: Filter): boolean {
  return (
    (filter.role === '' || filter.role === role) &&
    (filter.department === '' || departments.includes(filter.department)) &&
    (filter.status === '' || filter.status === status)
  );
}

/** Those whose link may yet be used, and those whose time is over: sent again, they are open again. */
export function invitationsOf(ask: Ask, status: 'open' | 'expired'): Invitations {
  return new Resource(
    {
      list: (cursor) => ask('GET /api/v1/invitations', { query: { status, cursor } }),
      one: (id) => ask('GET /api/v1/invitations/{id}', { path: { id } }),
      remove: (id, version) => ask('DELETE /api/v1/invitations/{id}', { path: { id }, version }),
    },
    { order: newestFirst, belongs: (invitation) => invitation.status === status },
  );
}

/** What inviting goes by: a repeat with the same key makes nothing again. */
export function invite(ask: Ask, body: CreateInvitation, key: string): Promise<SentInvitation> {
  return ask('POST /api/v1/invitations', { body, key });
}

/** How many open conversations are assigned to somebody; `more` where that is not all of them. */
export async function openConversationsOf(ask: Ask, user: string): Promise<{ count: number; more: boolean }> {
  const list = await ask('GET /api/v1/conversations', { query: { status: 'open', assignee: user, limit: 100 } });
  return { count: list.items.length, more: list.nextCursor !== undefined };
}
