/**
 * Until when a conversation can be put aside, by the clock of whoever does it. What a clock shows twice, where it is set
 * back, is the first of the two; what it leaves out, where it is set ahead, is as much later.
 */

/** A time of day on a day, as a clock and a calendar show it. */
export interface WallTime {
  year: number;
  /** From 1. */
  month: number;
  day: number;
  hour: number;
  minute: number;
}

export type SnoozeName = 'hour' | 'evening' | 'tomorrow' | 'monday';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EVENING = 18;
const MORNING = 9;
/** An evening that is nearer than this is none worth waiting for. */
const LEAST = HOUR / 2;

/** What the clock of a zone shows. */
export function wallTime(at: number, timeZone: string | undefined): WallTime {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(at);
  const part = (name: Intl.DateTimeFormatPartTypes) => Number(parts.find(({ type }) => type === name)?.value);
  return { year: part('year'), month: part('month'), day: part('day'), hour: part('hour'), minute: part('minute') };
}

const asUtc = ({ year, month, day, hour, minute }: WallTime) => Date.UTC(year, month - 1, day, hour, minute);

/** When the clock of a zone shows something. */
export function instantOf(wall: WallTime, timeZone: string | undefined): number {
  const wanted = asUtc(wall);
  const offsetAt = (at: number) => asUtc(wallTime(at, timeZone)) - Math.floor(at / 60_000) * 60_000;
  // The offsets before and after any change that is near; with the greater one it comes first.
  const offsets = [offsetAt(wanted - DAY), offsetAt(wanted + DAY)].sort((one, other) => other - one);
  const fitting = offsets.map((offset) => wanted - offset).find((at) => asUtc(wallTime(at, timeZone)) === wanted);
  // Left out: as the clock before the change would have it.
  return fitting ?? wanted - (offsets.at(-1) ?? 0);
}

/** What is offered, in order of time. */
export function snoozeTimes(now: number, timeZone: string | undefined): { name: SnoozeName; at: number }[] {
  const today = wallTime(now, timeZone);
  const weekday = new Date(asUtc(today)).getUTCDay();
  const on = (days: number, hour: number) => {
    const date = new Date(asUtc({ ...today, hour: 0, minute: 0 }) + days * DAY);
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    return instantOf({ year, month, day, hour, minute: 0 }, timeZone);
  };
  const untilMonday = (8 - weekday) % 7 || 7;
  return [
    { name: 'hour' as const, at: now + HOUR },
    { name: 'evening' as const, at: on(0, EVENING) },
    { name: 'tomorrow' as const, at: on(1, MORNING) },
    { name: 'monday' as const, at: on(untilMonday, MORNING) },
  ].filter(({ name, at }) => (name === 'evening' ? at - now >= LEAST : name !== 'monday' || untilMonday > 1));
}

/** What a field for date and time says, as it wants it and gives it. */
export function fieldOf(at: number, timeZone: string | undefined): string {
  return new Date(asUtc(wallTime(at, timeZone))).toISOString().slice(0, 16);
}

export function ofField(text: string, timeZone: string | undefined): number | undefined {
  const [year, month, day, hour, minute] = text.match(/\d+/g)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined || hour === undefined || minute === undefined) {
    return undefined;
  }
  return instantOf({ year, month, day, hour, minute }, timeZone);
}
