/** What every listener to keys has to know. */

/**
 * Whether a key belongs to an input method, which is composing a character. Safari ends a composition before the key
 * that ends it; 229 is how it tells.
 *
 * @param {KeyboardEvent} event
 */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}
