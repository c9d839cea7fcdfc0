/** The rules of people and invitations, in docs/API.md: told before the server has to. And what is sent of a person. */
import { NAME_CHARACTERS } from '../../../../domain/bindings/wire-values.js';
import type { UpdateUser, User } from '@wire';
import { strings } from '../../strings/people.ts';
import type { Option } from '../../ui/listbox.tsx';

const MOST_CAPACITY = 50;

export const personRules = {
  name: (value: string) => {
    const length = [...value.trim()].length;
    return length === 0 ? strings.nameMissing : length > NAME_CHARACTERS ? strings.nameTooLong(NAME_CHARACTERS) : undefined;
  },
  capacity: (value: string) =>
    /^\d{1,2}$/.test(value.trim()) && Number(value) <= MOST_CAPACITY ? undefined : strings.capacityWrong(MOST_CAPACITY),
};

export const inviteRules = {
  email: (value: string) =>
    value.trim() === '' ? strings.emailMissing : /^[^\s@]+@[^\s@]+$/.test(value.trim()) ? undefined : strings.emailWrong,
};

/** What differs from how they are; nothing if nothing does. */
export function updateOf(user: User, { name, role, capacity }: { name: string; role: string; capacity: string }): UpdateUser | undefined {
  const update: UpdateUser = {
    ...(name.trim() !== user.name && { name: name.trim() }),
    ...(role !== user.role && { role }),
    ...(Number(capacity) !== user.capacity && { capacity: Number(capacity) }),
  };
  return Object.keys(update).length === 0 ? undefined : update;
}

export const roleName = (role: string) => strings.roles[role] ?? strings.ownRole;

/** What somebody can be made, and what they are already. */
export function roleOptions(present = 'agent'): Option[] {
  const roles = Object.keys(strings.roles);
  return (roles.includes(present) ? roles : [...roles, present]).map((role) => {
    const hint = strings.roleHints[role];
    return { value: role, label: roleName(role), ...(hint !== undefined && { hint }) };
  });
}
