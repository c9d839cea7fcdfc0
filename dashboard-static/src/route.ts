/**
 * Where in the dashboard a person is, kept in the address's fragment: static files need no server for it, it survives a
 * reload, and the browser's own back button works.
 *
 *     #/conversations?status=pending      a list
 *     #/conversations/ID?status=pending   a conversation, beside that list
 */
import { useEffect, useState } from 'preact/hooks';
import type { ConversationStatus } from '@wire';

export const STATUSES = ['open', 'pending', 'resolved', 'closed'] as const satisfies readonly ConversationStatus[];

/** Which conversations a list shows. */
export type Filter = ConversationStatus | 'all';
export const FILTERS: readonly Filter[] = [...STATUSES, 'all'];

export const STATUS_NAMES: Readonly<Record<Filter, string>> = {
  open: 'Open',
  pending: 'Pending',
  resolved: 'Resolved',
  closed: 'Closed',
  all: 'All',
};

export interface Route {
  filter: Filter;
  conversationId: string | undefined;
}

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function parseRoute(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#/, '').split('?');
  const id = path.replace(/^\/conversations\/?/, '');
  const status = new URLSearchParams(query).get('status');
  return {
    filter: FILTERS.find((filter) => filter === status) ?? 'open',
    conversationId: ID.test(id) ? id : undefined,
  };
}

export function routeAddress({ filter, conversationId }: Route): string {
  const path = conversationId === undefined ? '#/conversations' : `#/conversations/${conversationId}`;
  return filter === 'open' ? path : `${path}?status=${filter}`;
}

export function navigate(route: Route): void {
  location.hash = routeAddress(route);
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}
