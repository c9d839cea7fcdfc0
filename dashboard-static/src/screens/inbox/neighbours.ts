/** Which conversation is opened next, from a list and the one that is open. */

/** `step` further in the list; from one that is not in it, its beginning. */
export function stepFrom(ids: readonly string[], from: string | undefined, step: 1 | -1): string | undefined {
  const index = from === undefined ? -1 : ids.indexOf(from);
  return index < 0 ? ids[0] : ids[index + step];
}

/** What comes after one that is done with: the one below it, else the one above, else nothing. */
export function nextAfter(ids: readonly string[], done: string): string | undefined {
  const index = ids.indexOf(done);
  return index < 0 ? ids.find((id) => id !== done) : (ids[index + 1] ?? ids[index - 1]);
}
