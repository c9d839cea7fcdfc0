/**
 * What the signed-in person may do, as their session says it; here it decides what is shown, on the server what is done.
 * A right inside conversations has its reach behind a colon where that is not everything: `read_conversations:departments`.
 */
import type { Conversation, User } from '@wire';
import type { PERMISSIONS } from '../../../domain/bindings/wire-values.js';

export type Permission = (typeof PERMISSIONS)[number];

/** How far a right inside conversations reaches: each as far as those before it, and further. */
export const REACHES = ['own', 'departments', 'all'] as const;
export type Reach = (typeof REACHES)[number];

/** How far a right reaches, if somebody has it. */
export function reachOf(permissions: readonly string[], permission: Permission): Reach | undefined {
  for (const written of permissions) {
    const [name, reach] = written.split(':');
    if (name === permission) {
      return reach === undefined ? 'all' : REACHES.find((one) => one === reach);
    }
  }
  return undefined;
}

/** Whether somebody has a right, however far it reaches. */
export function may(permissions: readonly string[], permission: Permission): boolean {
  return reachOf(permissions, permission) !== undefined;
}

/** Whether somebody's right reaches a conversation. The general queue is every department's. */
export function mayIn(
  permissions: readonly string[],
  permission: Permission,
  { id, departments }: Pick<User, 'id' | 'departments'>,
  { assignee, department }: Pick<Conversation, 'assignee' | 'department'>,
): boolean {
  const isOwn = assignee?.id === id;
  switch (reachOf(permissions, permission)) {
    case 'all':
      return true;
    case 'departments':
      return isOwn || department === undefined || departments.includes(department);
    case 'own':
      return isOwn;
    default:
      return false;
  }
}

/** Whether whoever has these may give those: nobody gives what they lack, or further than they have it. */
export function covers(own: readonly string[], others: readonly string[]): boolean {
  return others.every((written) => {
    const [name = '', reach = 'all'] = written.split(':');
    const most = reachOf(own, name as Permission);
    return most !== undefined && REACHES.indexOf(most) >= REACHES.indexOf(reach as Reach);
  });
}
