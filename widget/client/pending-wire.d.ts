/**
 * What of `voxora.v1` the generated `domain/bindings/wire.ts` does not say yet: compact events, `people`, `until`,
 * `renew`. Once it does, whoever imports from here imports from there, and this file goes.
 */
import type * as wire from '../../domain/bindings/wire.ts';

/** Actors by the number that events name them by, as `by`. */
export type People = { [by: string]: wire.Actor };

export type CompactEvent = {
  seq: number;
  /** Left out when it is `seq - 1`. */
  prev?: number;
  at: number;
  /** Who did it: a number that has been introduced. */
  by: number;
  /** Introduces `by`, in a frame of its own, when it is new to this audience. */
  actor?: wire.Actor;
  clientId?: string;
} & wire.EventBody;

export type History = Omit<wire.History, 'events'> & { people: People; events: CompactEvent[] };

export type ServerFrame =
  | Exclude<wire.ServerFrame, { type: 'welcome' | 'page' | 'event' }>
  | (Extract<wire.ServerFrame, { type: 'welcome' }> & { until: number })
  | { type: 'page'; people: People; events: CompactEvent[]; more: boolean; prev: number }
  | ({ type: 'event' } & CompactEvent);
