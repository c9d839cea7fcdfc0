/**
 * When to try again: exponential back-off with full jitter. Promises that those who lost the same server at the same
 * moment don't come back at the same moment, and that nobody waits longer than half a minute by chance alone.
 */

/** How long a room may take to answer a frame before its owner connects anew, in milliseconds. */
export const ANSWER_TIMEOUT = 15_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;

/**
 * How long to wait, in milliseconds.
 *
 * @param {number} failures How many attempts in a row have failed before this one.
 * @param {number} [atLeast] What the server asked for.
 */
export function retryDelay(failures, atLeast = 0) {
  return Math.max(atLeast, Math.random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures));
}
