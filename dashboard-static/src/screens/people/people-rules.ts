/** The rules of people and invitations, in docs/API.md: told before the server has to. And what is sent of a person. */
import { NAME_CHARACTERS } from '../../../../domain/bindings/wire-values.js';
import type { BusinessHours, UpdateUser, User } from '@wire';
import { strings } from '../../strings/people.ts';
import { hoursOf, written } from '../departments/department-values.ts';
import { wrongOf } from '../departments/hours.ts';

const MOST_CAPACITY = 50;
const MOST_SKILLS = 20;

export const personRules = {
  name: (value: string) => {
    const length = [...value.trim()].length;
    return length === 0 ? strings.nameMissing : length > NAME_CHARACTERS ? strings.nameTooLong(NAME_CHARACTERS) : undefined;
  },
  capacity: (value: string) =>
    /^\d{1,2}$/.test(value.trim()) && Number(value) <= MOST_CAPACITY ? undefined : strings.capacityWrong(MOST_CAPACITY),
  skills: (value: string) => (apart(value).length > MOST_SKILLS ? strings.tooManySkills(MOST_SKILLS) : undefined),
  workingHours: (value: string) => {
    const hours = hoursOf(value);
    return hours && wrongOf(hours);
  },
};

export const inviteRules = {
  email: (value: string) =>
    value.trim() === '' ? strings.emailMissing : /^[^\s@]+@[^\s@]+$/.test(value.trim()) ? undefined : strings.emailWrong,
};

type PersonValues = {
  name: string;
  role: string;
  /** Their ids. */
  departments: string;
  capacity: string;
  /** The ids of tags. */
  skills: string;
  /** Hours as JSON; nothing for whenever they are there. */
  workingHours: string;
};

export const valuesOf = ({ name, role, departments, capacity, skills, workingHours }: User): PersonValues => ({
  name,
  role,
  departments: joined(departments),
  capacity: String(capacity),
  skills: joined(skills),
  workingHours: written(workingHours),
});

/** Several ids as a form has them, and back. */
export const joined = (ids: readonly string[]): string => ids.join(' ');
export const apart = (ids: string): string[] => ids.split(' ').filter((id) => id !== '');

/** What differs from how they are; nothing if nothing does. */
export function updateOf(user: User, values: PersonValues): UpdateUser | undefined {
  const { name, role, departments, capacity, skills, workingHours } = values;
  const hours: BusinessHours | undefined = hoursOf(workingHours);
  const update: UpdateUser = {
    ...(name.trim() !== user.name && { name: name.trim() }),
    ...(role !== user.role && { role }),
    ...(joined(apart(departments).toSorted()) !== joined(user.departments.toSorted()) && { departments: apart(departments) }),
    ...(Number(capacity) !== user.capacity && { capacity: Number(capacity) }),
    ...(joined(apart(skills).toSorted()) !== joined(user.skills.toSorted()) && { skills: apart(skills) }),
    ...(workingHours !== written(user.workingHours) && { workingHours: hours ?? null }),
  };
  return Object.keys(update).length === 0 ? undefined : update;
}
