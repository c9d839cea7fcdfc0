/**
 * Times as people read them, in the reader's own locale and time zone: what panel and dashboard say alike.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** @param {number} at */
export function clockTime(at) {
  return timeOfDay.format(at);
}

/**
 * To the second, for whoever points at a time.
 *
 * @param {number} at
 */
export function exactTime(at) {
  return exact.format(at);
}

/**
 * Calendar days from `at` to `now`, in local time: 0 today, 1 yesterday. Days that are an hour longer or shorter count
 * as one.
 *
 * @param {number} at
 * @param {number} now
 */
export function daysAgo(at, now) {
  /** @param {number} time */
  const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);
  return Math.round((midnight(now) - midnight(at)) / DAY);
}

/**
 * @param {number} one
 * @param {number} other
 */
export function sameDay(one, other) {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/**
 * What a day is called that is so near that no date is needed; `undefined` for any other.
 *
 * @param {number} at
 * @param {number} now
 */
export function nearDay(at, now) {
  return ['Today', 'Yesterday'][daysAgo(at, now)];
}

/**
 * What a day is called in the line between two days of a conversation.
 *
 * @param {number} at
 * @param {number} now
 */
export function dayName(at, now) {
  const days = daysAgo(at, now);
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return nearDay(at, now) ?? (days > 0 && days < 7 ? weekday : isThisYear ? dayOfYear : date).format(at);
}

/**
 * How long ago something was, in words.
 *
 * @param {number} at
 * @param {number} now
 */
export function timeAgo(at, now) {
  const passed = Math.max(0, now - at);
  if (passed < MINUTE) {
    return 'just now';
  }
  if (passed < HOUR) {
    return ago.format(-Math.floor(passed / MINUTE), 'minute');
  }
  const days = daysAgo(at, now);
  return days === 0 ? ago.format(-Math.floor(passed / HOUR), 'hour') : ago.format(-days, 'day');
}
