/** The rules of people and invitations, in docs/API.md: told before the server has to. And what is sent of a person. */
import { NAME_CHARACTERS } from '../../../../domain/bindings/wire-values.js';
import type { UpdateUser, User } from '@wire';
import { strings } from '../../strings/people.ts';

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

interface PersonValues {
  name: string;
  role: string;
  /** Their ids. */
  departments: string;
  capacity: string;
}

/** Several ids as a form has them, and back. */
export const joined = (ids: readonly string[]): string => ids.join(' ');
export const apart = (ids: string): string[] => ids.split(' ').filter((id) => id !== '');

/** What differs from how they are; nothing if nothing does. */
export function updateOf(user: User, { name, role, departments, capacity }: PersonValues): UpdateUser | undefined {
  const update: UpdateUser = {
    ...(name.trim() !== user.name && { name: name.trim() }),
    ...(role !== user.role && { role }),
    ...(joined(apart(departments).toSorted()) !== joined(user.departments.toSorted()) && { departments: apart(departments) }),
    ...(Number(capacity) !== user.capacity && { capacity: Number(capacity) }),
  };
  return Object.keys(update).length === 0 ? undefined : update;
}
