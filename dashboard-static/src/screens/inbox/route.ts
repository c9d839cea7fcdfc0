/**
 * What the addresses of the inbox say: which conversations are listed, and which is open beside them.
 *
 *     #/conversations?view=mine&status=pending&department=ID&tag=ID
 *     #/conversations/ID?status=pending
 */
import type { Filter, Kind } from '@client/inbox.js';
import type { ConversationStatus } from '@wire';
import { addressOf, type Place } from '../../shell/router.ts';

export const STATUSES = ['open', 'pending', 'snoozed', 'resolved', 'closed'] as const satisfies readonly ConversationStatus[];
export const FILTERS: readonly Filter['status'][] = [...STATUSES, 'all'];

/** Whose conversations are listed, where not everybody's. */
export const VIEWS = ['mine', 'unassigned'] as const;

export interface Route {
  view: (typeof VIEWS)[number] | undefined;
  status: Filter['status'];
  tag: string | undefined;
  /** A department's id, or the general queue; all of them where it is missing. */
  department: string | undefined;
  conversationId: string | undefined;
}

/** In the place of a department's id: those that are in none. */
export const QUEUE = 'none';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function routeOf({ parameters, query }: Place): Route {
  const { id } = parameters;
  const { view, status, tag, department } = query;
  return {
    view: VIEWS.find((one) => one === view),
    status: FILTERS.find((filter) => filter === status) ?? 'open',
    tag: tag !== undefined && ID.test(tag) ? tag : undefined,
    department: department === QUEUE || (department !== undefined && ID.test(department)) ? department : undefined,
    conversationId: id !== undefined && ID.test(id) ? id : undefined,
  };
}

export function routeAddress({ view, status, tag, department, conversationId }: Route): string {
  const query = { view, status: status === 'open' ? undefined : status, department, tag };
  return addressOf('/conversations/:id?', { id: conversationId }, query);
}

const WHOSE = { mine: 'mine', unassigned: 'nobodys' } as const;

/** The list that an address asks for; `merged`: tags that count as the one that it names. */
export function filterOf({ view, status, department, tag }: Route, merged: readonly string[] = []): Filter {
  return {
    status,
    ...(view !== undefined && { whose: WHOSE[view] }),
    ...(department !== undefined && { department }),
    ...(tag !== undefined && { tag, merged }),
  };
}

/** What is counted of a list: without its tag; nothing where not all of it is counted. */
export function kindOf({ view, status, department }: Omit<Route, 'tag' | 'conversationId'>): Kind | undefined {
  return status === 'all' || status === 'resolved' || status === 'closed'
    ? undefined
    : { status, ...(view !== undefined && { whose: WHOSE[view] }), ...(department !== undefined && { department }) };
}
