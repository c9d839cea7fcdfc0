/** A department as a form has it, and what is sent of it. */
import type { BusinessHours, CreateDepartment, Department, UpdateDepartment } from '@wire';
import { namedRules } from '../../data/rules.ts';
import { COLOURS } from '../../ui/colours.ts';
import { draftOf, policyOf, read, written as policyWritten, wrongOf as policyWrong } from '../queue/policy.ts';
import { wrongOf } from './hours.ts';

/** Hours and policy are JSON; no hours are always, and no policy is that of the general queue. */
export const valuesOf = (department: Department | undefined) => ({
  name: department?.name ?? '',
  color: department?.color ?? (COLOURS[0] as string),
  description: department?.description ?? '',
  hours: written(department?.hours),
  policy: department?.policy ? policyWritten(draftOf(department.policy)) : '',
});

export type DepartmentValues = ReturnType<typeof valuesOf>;

export const departmentRules = {
  ...namedRules,
  hours: (value: string) => {
    const hours = hoursOf(value);
    return hours && wrongOf(hours);
  },
  policy: (value: string) => (value === '' ? undefined : policyWrong(read(value))),
};

export function hoursOf(value: string): BusinessHours | undefined {
  return value === '' ? undefined : (JSON.parse(value) as BusinessHours);
}

export function written(hours: BusinessHours | undefined): string {
  return hours === undefined ? '' : JSON.stringify(hours);
}

export function createOf({ name, color, description, hours, policy }: DepartmentValues): CreateDepartment {
  const [text, when] = [description.trim(), hoursOf(hours)];
  return {
    name: name.trim(),
    color,
    ...(text !== '' && { description: text }),
    ...(when && { hours: when }),
    ...(policy !== '' && { policy: policyOf(read(policy)) }),
  };
}

/** What a person has changed of what they were shown; nothing if nothing. What they left alone stays whatever it is by now. */
export function changesOf(shown: DepartmentValues, values: DepartmentValues): UpdateDepartment | undefined {
  const is = (name: keyof DepartmentValues) => values[name].trim() !== shown[name];
  const changes: UpdateDepartment = {
    ...(is('name') && { name: values.name.trim() }),
    ...(is('color') && { color: values.color }),
    ...(is('description') && { description: values.description.trim() || null }),
    ...(is('hours') && { hours: hoursOf(values.hours) ?? null }),
    ...(is('policy') && { policy: values.policy === '' ? null : policyOf(read(values.policy)) }),
  };
  return Object.keys(changes).length === 0 ? undefined : changes;
}
