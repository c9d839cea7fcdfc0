/**
 * The REST API, typed by its contract: a call names its route as `domain/bindings/api.ts` has it, and the compiler knows
 * what goes into the address, what is sent and what comes back. What can go wrong is in `@client/api.js`.
 */
import { authorizedRequest, request, type TokenSource } from '@client/api.js';
import type { Routes } from '../../../domain/bindings/api.ts';

export type Route = keyof Routes;

/** The names in braces of a route's path. */
type Places<Path extends string> = Path extends `${string}{${infer Place}}${infer Rest}` ? Place | Places<Rest> : never;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** What a call of a route says beside its name. */
type Details<R extends Route> = {
  query?: Query;
  /** The version that was seen: what it asks for happens to no other (`If-Match`). */
  version?: number;
  /** The name of what is made: a repeat makes nothing again (`Idempotency-Key`). */
  key?: string;
} & ([Places<R>] extends [never] ? object : { path: Readonly<Record<Places<R>, string>> }) &
  ([Routes[R]['body']] extends [undefined] ? object : { body: Routes[R]['body'] });

/** Nothing need be said of a route that takes nothing. */
type Arguments<R extends Route> = object extends Details<R> ? [details?: Details<R>] : [details: Details<R>];

export type Ask = <R extends Route>(route: R, ...details: Arguments<R>) => Promise<Routes[R]['answer']>;

/** The API for the holder of a token; without one, as anyone may use it. */
export function apiFor(token?: TokenSource): Ask {
  return (route, ...[details]) => {
    const { method, url, options } = requestFor(route, details);
    return token ? authorizedRequest(token, url, { method, ...options }) : request(url, { method, ...options });
  };
}

interface AnyDetails {
  query?: Query;
  version?: number;
  key?: string;
  path?: Readonly<Record<string, string>>;
  body?: unknown;
}

/** The request that a call stands for. */
export function requestFor(route: Route, { query = {}, version, key, path = {}, body }: AnyDetails = {}) {
  const [method = 'GET', template = ''] = route.split(' ');
  const place = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
  const said = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const search = new URLSearchParams(said).toString();
  const headers = {
    ...(version !== undefined && { 'if-match': `"${version}"` }),
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  return { method, url: search === '' ? place : `${place}?${search}`, options: { headers, ...(body !== undefined && { body }) } };
}
