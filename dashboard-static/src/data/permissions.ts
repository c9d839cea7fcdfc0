/**
 * What the signed-in person may do. The table is the server's own (`domain/src/access/permission.rs`); here it decides
 * what is shown, there what is done.
 */
import type { User } from '@wire';
import { PERMISSIONS } from '../../../domain/bindings/wire-values.js';

export type Permission = (typeof PERMISSIONS)[keyof typeof PERMISSIONS][number];

export function may({ role }: Pick<User, 'role'>, permission: Permission): boolean {
  return (PERMISSIONS[role] as readonly Permission[]).includes(permission);
}
