/**
 * What the signed-in person may do, as their session says it; here it decides what is shown, on the server what is done.
 * A right inside conversations has its reach behind a colon where that is not everything: `read_conversations:departments`.
 */
import type { PERMISSIONS } from '../../../domain/bindings/wire-values.js';

export type Permission = (typeof PERMISSIONS)[number];

/** Whether somebody has a right, however far it reaches. */
export function may(permissions: readonly string[], permission: Permission): boolean {
  return permissions.some((name) => name === permission || name.startsWith(`${permission}:`));
}
