/** Where one is signed in, as the screen lists it. */
import type { OwnSession, Whereabouts } from '@wire';
import type { Ask } from '../../data/api.ts';
import { Resource } from '../../data/resource.ts';

/** The server gives them no version: the last that was read is shown. */
export type SignIn = OwnSession & { version: 0 };
export type SignIns = Resource<SignIn>;

/** The one that is here first, then the one used last. */
const order = (one: SignIn, other: SignIn) =>
  Number(other.current) - Number(one.current) || other.lastUsedAt - one.lastUsedAt || (one.id < other.id ? -1 : 1);

export function signInsOf(ask: Ask): SignIns {
  return new Resource(
    {
      list: async (cursor) => {
        const page = await ask('GET /api/v1/auth/sessions', { query: { cursor } });
        return { ...page, items: page.items.map((session) => ({ ...session, version: 0 as const })) };
      },
      one: () => Promise.reject(new Error('No route gives a single session.')),
      remove: (id) => ask('DELETE /api/v1/auth/sessions/{id}', { path: { id } }),
    },
    { order },
  );
}

/** A place in words, as far as it is known. */
export function placeName({ city, region, country }: Whereabouts, countries: Intl.DisplayNames): string | undefined {
  const parts = [city, region === city ? undefined : region, country === undefined ? undefined : (countries.of(country) ?? country)];
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.join(', ');
}
