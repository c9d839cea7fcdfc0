/**
 * Times as people read them, in the reader's own locale and time zone: what only the dashboard says, beside
 * `@client/time.js`.
 */
import { useEffect, useReducer } from 'preact/hooks';
import { clockTime, daysAgo } from '@client/time.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const longDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });

/** A day, whole. */
export const fullDate = (at: number) => longDate.format(at);

/** For a list: as short as it can be and still say when. */
export function shortTime(at: number, now: number): string {
  if (now - at < MINUTE) {
    return 'now';
  }
  if (now - at < HOUR) {
    return `${Math.floor((now - at) / MINUTE)} min`;
  }
  const days = daysAgo(at, now);
  if (days === 0) {
    return clockTime(at);
  }
  if (days < 7) {
    return days === 1 ? 'Yesterday' : weekday.format(at);
  }
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? dayAndMonth.format(at) : fullDate(at);
}

/** The time now, and again every `interval` milliseconds while the component is shown. */
export function useNow(interval: number): number {
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => tick(undefined), interval);
    return () => clearInterval(timer);
  }, [interval]);
  return Date.now();
}

/** Whole seconds until a time, counted down to 0 while the component is shown. */
export function useSecondsUntil(time: number | undefined): number {
  const seconds = time === undefined ? 0 : Math.max(0, Math.ceil((time - Date.now()) / 1000));
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (seconds === 0) {
      return undefined;
    }
    const timer = setTimeout(() => tick(undefined), 250);
    return () => clearTimeout(timer);
  });
  return seconds;
}

/** A time to come, as short as it can be and still say when; by the clock of a zone, or the reader's own. */
export function timeToCome(at: number, now: number, timeZone?: string): string {
  const day = (time: number) => new Intl.DateTimeFormat('en', { timeZone, dateStyle: 'short' }).format(time);
  const date = at - now < 6 * 24 * HOUR ? ({ weekday: 'short' } as const) : ({ day: 'numeric', month: 'short' } as const);
  const clock: Intl.DateTimeFormatOptions =
    day(at) === day(now) ? { timeStyle: 'short' } : { ...date, hour: 'numeric', minute: '2-digit' };
  return new Intl.DateTimeFormat(undefined, { ...clock, timeZone }).format(at);
}
