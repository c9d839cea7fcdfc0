/**
 * What time says of a conversation in the list, the most urgent of it alone: a target that was missed, one that is due, how
 * long its visitor has waited, until when it sleeps. In whole minutes, and never more than there is: what is left is not
 * rounded down to nothing, and what has passed not up.
 */
import type { Conversation, Due } from '@wire';

export type Wait =
  | { kind: 'late' | 'due'; target: keyof Due; minutes: number; at: number }
  | { kind: 'waits'; minutes: number; at: number }
  | { kind: 'snoozed'; at: number };

const MINUTE = 60_000;
/** How long before it is due a target is worth a colour. */
export const SOON_MINUTES = 5;

export function waitOf({ status, due = {}, waitingSince, snoozedUntil }: Pick<Conversation, 'status' | 'due' | 'waitingSince' | 'snoozedUntil'>, now: number): Wait | undefined {
  if (status === 'snoozed') {
    return snoozedUntil === undefined ? undefined : { kind: 'snoozed', at: snoozedUntil };
  }
  const [soonest] = (Object.entries(due) as [keyof Due, number | undefined][])
    .flatMap(([target, at]) => (at === undefined ? [] : [{ target, at }]))
    .sort((one, other) => one.at - other.at);
  if (soonest) {
    const left = soonest.at - now;
    return left < 0
      ? { kind: 'late', ...soonest, minutes: Math.floor(-left / MINUTE) }
      : { kind: 'due', ...soonest, minutes: Math.ceil(left / MINUTE) };
  }
  return waitingSince === undefined
    ? undefined
    : { kind: 'waits', at: waitingSince, minutes: Math.max(0, Math.floor((now - waitingSince) / MINUTE)) };
}
