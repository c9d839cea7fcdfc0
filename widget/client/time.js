/**
 * Times as people read them, in the reader's own locale and time zone: what panel and dashboard say alike.
 */

const DAY = 86_400_000;

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
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
