/** A role as a form has it, and what is sent of it. */
import type { CreateRole, TeamRole, UpdateRole } from '@wire';
import { chosenOf } from './rights.ts';

/** Rights are JSON: a list of them. */
export const valuesOf = (role: Pick<TeamRole, 'name' | 'description' | 'permissions'>) => ({
  name: role.name,
  description: role.description ?? '',
  permissions: JSON.stringify(chosenOf(role.permissions)),
});

export type RoleValues = ReturnType<typeof valuesOf>;

export const permissionsOf = (value: string): string[] => JSON.parse(value) as string[];

export function createOf({ name, description, permissions }: RoleValues): CreateRole {
  const text = description.trim();
  return { name: name.trim(), ...(text !== '' && { description: text }), permissions: permissionsOf(permissions) };
}

/** What a person has changed of what they were shown; nothing if nothing. What they left alone stays whatever it is by now. */
export function changesOf(shown: RoleValues, values: RoleValues): UpdateRole | undefined {
  const is = (name: keyof RoleValues) => values[name].trim() !== shown[name];
  const changes: UpdateRole = {
    ...(is('name') && { name: values.name.trim() }),
    ...(is('description') && { description: values.description.trim() || null }),
    ...(is('permissions') && { permissions: permissionsOf(values.permissions) }),
  };
  return Object.keys(changes).length === 0 ? undefined : changes;
}
