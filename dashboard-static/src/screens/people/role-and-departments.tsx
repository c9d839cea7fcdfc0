/** What somebody is, and where: in forms, in lists, and as filters. What cannot be given stands there, too, and says why. */
import { reachOf } from '../../data/permissions.ts';
import { useAll } from '../../data/use-all.ts';
import type { FormField } from '../../data/use-form.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/people.ts';
import { ColourDot, type Option } from '../../ui/listbox.tsx';
import { Select } from '../../ui/select.tsx';
import { Several } from '../../ui/several.tsx';
import { apart, joined } from './people-rules.ts';

/** The roles there are; one that somebody has and is not among them stands for itself. */
function useRoleOptions(present: string, { toGive }: { toGive: boolean }): Option[] {
  const desk = useDesk();
  const { items } = useAll(desk.roles);
  const options = items.map(({ id, name, description, permissions }): Option => {
    const isBeyond = toGive && id !== present && !desk.mayGive(permissions);
    const hint = isBeyond ? strings.roleBeyond : (description ?? strings.roleHints[id]);
    return { value: id, label: name, disabled: isBeyond, ...(toGive && hint !== undefined && { hint }) };
  });
  const isKnown = present === '' || options.some(({ value }) => value === present);
  return isKnown ? options : [...options, { value: present, label: strings.roles[present] ?? strings.otherRole }];
}

export function RoleField({ value, error, oninput, hint }: FormField & { hint?: string }) {
  const options = useRoleOptions(value, { toGive: true });
  return <Select label={strings.role} hint={hint} value={value} error={error} options={options} onchange={oninput} />;
}

/** `present`: those that somebody is in already, and may stay in. */
export function DepartmentsField({ value, error, oninput, present }: FormField & { present: readonly string[] }) {
  const desk = useDesk();
  const { departments, user } = desk;
  const isShown = desk.may('read_departments');
  const { items } = useAll(departments.active, isShown);
  const chosen = apart(value);
  if (!isShown || (items.length === 0 && chosen.length === 0)) {
    return null;
  }
  const seesAll = reachOf(desk.permissions, 'read_conversations') === 'all';
  return (
    <Several
      optional
      label={strings.departments}
      hint={strings.departmentsHint}
      error={error}
      placeholder={strings.findDepartment}
      options={items.map(({ id, name, color, description }) => {
        const isBeyond = !seesAll && !present.includes(id) && !user.departments.includes(id);
        const words = isBeyond ? strings.departmentBeyond : description;
        return { value: id, label: name, colour: color, disabled: isBeyond, ...(words !== undefined && { hint: words }) };
      })}
      chosen={chosen}
      otherName={(id) => departments.get(id)?.name ?? (departments.isGone(id) ? strings.goneDepartment : '…')}
      onchange={(ids) => oninput(joined(ids))}
    />
  );
}

/** What somebody knows about: tags. */
export function SkillsField({ value, error, oninput }: FormField) {
  const desk = useDesk();
  const { tags } = desk;
  const isShown = desk.may('read_tags');
  const { items } = useAll(tags.active, isShown);
  const chosen = apart(value);
  if (!isShown || (items.length === 0 && chosen.length === 0)) {
    return null;
  }
  return (
    <Several
      optional
      label={strings.skills}
      hint={strings.skillsHint}
      error={error}
      placeholder={strings.findSkill}
      options={items.map(({ id, name, color, description }) => ({
        value: id,
        label: name,
        colour: color,
        ...(description !== undefined && { hint: description }),
      }))}
      chosen={chosen}
      otherName={(id) => tags.get(id)?.name ?? (tags.isGone(id) ? strings.goneSkill : '…')}
      onchange={(ids) => oninput(joined(ids))}
    />
  );
}

export function RoleFilter({ value, onchange }: { value: string; onchange(value: string): void }) {
  const options = useRoleOptions(value, { toGive: false });
  return (
    <Select hideLabel label={strings.roleFilter} value={value} options={[{ value: '', label: strings.everyRole }, ...options]} onchange={onchange} />
  );
}

/** Not shown where there are none to filter by. */
export function DepartmentFilter({ value, onchange }: { value: string; onchange(value: string): void }) {
  const desk = useDesk();
  const { departments } = desk;
  const { items } = useAll(departments.active, desk.may('read_departments'));
  if (items.length === 0 && value === '') {
    return null;
  }
  const isKnown = value === '' || items.some(({ id }) => id === value);
  const options = [
    { value: '', label: strings.everyDepartment },
    ...(isKnown ? [] : [{ value, label: departments.get(value)?.name ?? strings.goneDepartment, colour: departments.get(value)?.color ?? '#808080' }]),
    ...items.map(({ id, name, color }) => ({ value: id, label: name, colour: color })),
  ];
  return <Select hideLabel label={strings.departmentFilter} value={value} options={options} onchange={onchange} />;
}

export function RoleName({ role }: { role: string }) {
  const name = useDesk().roles.get(role)?.name ?? strings.roles[role] ?? strings.otherRole;
  return <bdi>{name}</bdi>;
}

export function DepartmentNames({ ids }: { ids: readonly string[] }) {
  const { departments } = useDesk();
  const known = ids.flatMap((id) => departments.get(id) ?? []);
  return (
    <ul class="people-departments">
      {known
        .toSorted((one, other) => one.name.localeCompare(other.name))
        .map(({ id, name, color }) => (
          <li key={id}>
            <ColourDot colour={color} /> <bdi>{name}</bdi>
          </li>
        ))}
    </ul>
  );
}
