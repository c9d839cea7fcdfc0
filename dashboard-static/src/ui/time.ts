/**
 * Times as people read them, in the reader's own locale and time zone.
 */
import { useEffect, useReducer } from 'preact/hooks';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const longWeekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const fullDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** Calendar days from `at` to `now`, in local time: 0 today, 1 yesterday. */
function daysAgo(at: number, now: number): number {
  const midnight = (time: number) => new Date(time).setHours(0, 0, 0, 0);
  return Math.round((midnight(now) - midnight(at)) / (24 * HOUR));
}

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
    return timeOfDay.format(at);
  }
  if (days < 7) {
    return days === 1 ? 'Yesterday' : weekday.format(at);
  }
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? dayAndMonth.format(at) : fullDate.format(at);
}

export function clockTime(at: number): string {
  return timeOfDay.format(at);
}

/** For the line between two days of a conversation. */
export function dayName(at: number, now: number): string {
  const days = daysAgo(at, now);
  if (days === 0) {
    return 'Today';
  }
  if (days === 1) {
    return 'Yesterday';
  }
  return days < 7 ? longWeekday.format(at) : fullDate.format(at);
}

export function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

export function exactTime(at: number): string {
  return exact.format(at);
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
