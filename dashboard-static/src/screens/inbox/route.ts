/**
 * What the addresses of the inbox say: which conversations are listed, and which is open beside them.
 *
 *     #/conversations?status=pending&department=ID&tag=ID
 *     #/conversations/ID?status=pending
 */
import type { Filter } from '@client/inbox.js';
import type { ConversationStatus } from '@wire';
import { addressOf, type Place } from '../../shell/router.ts';

export const STATUSES = ['open', 'pending', 'resolved', 'closed'] as const satisfies readonly ConversationStatus[];
export const FILTERS: readonly Filter['status'][] = [...STATUSES, 'all'];

export interface Route {
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
  const { status, tag, department } = query;
  return {
    status: FILTERS.find((filter) => filter === status) ?? 'open',
    tag: tag !== undefined && ID.test(tag) ? tag : undefined,
    department: department === QUEUE || (department !== undefined && ID.test(department)) ? department : undefined,
    conversationId: id !== undefined && ID.test(id) ? id : undefined,
  };
}

export function routeAddress({ status, tag, department, conversationId }: Route): string {
  const query = { status: status === 'open' ? undefined : status, department, tag };
  return addressOf('/conversations/:id?', { id: conversationId }, query);
}
