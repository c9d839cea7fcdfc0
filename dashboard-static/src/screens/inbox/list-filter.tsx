import { useAll } from '../../data/use-all.ts';
import { useDesk } from '../../shell/desk.ts';
import { navigate } from '../../shell/router.ts';
import { strings } from '../../strings/inbox.ts';
import { Select } from '../../ui/select.tsx';
import { useSource } from '../../ui/use-source.ts';
import { FILTERS, QUEUE, routeAddress, type Route } from './route.ts';

/** Which conversations are listed. By status there are links, so that each list has an address; a department and a tag narrow it. */
export function ListFilter({ route }: { route: Route }) {
  return (
    <div class="filter">
      {/* The region has this name already. */}
      <p class="filter-title" aria-hidden="true">
        {strings.inbox}
      </p>
      <div class="filter-more">
        <DepartmentFilter route={route} />
        <TagFilter route={route} />
      </div>
      <nav aria-label={strings.filter}>
        <ul>
          {FILTERS.map((status) => (
            <li key={status}>
              <a
                href={routeAddress({ ...route, status })}
                class="filter-link"
                {...(status === route.status && { 'aria-current': 'page' as const })}
              >
                {strings.statuses[status]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </div>
  );
}

function DepartmentFilter({ route }: { route: Route }) {
  const desk = useDesk();
  const { departments } = desk;
  const { items } = useAll(departments.active, desk.may('read_departments'));
  useSource(departments.archived);
  const { department } = route;
  const isOther = department !== undefined && department !== QUEUE && !items.some(({ id }) => id === department);
  const chosen = isOther ? departments.get(department) : undefined;
  if (items.length === 0 && department === undefined) {
    return null;
  }
  return (
    <Select
      compact
      hideLabel
      alignEnd
      label={strings.departmentFilter}
      value={department ?? ''}
      options={[
        { value: '', label: strings.everyDepartment },
        { value: QUEUE, label: strings.queue },
        ...(isOther ? [{ value: department, label: chosen?.name ?? strings.goneDepartment, colour: chosen?.color ?? '#808080' }] : []),
        ...items.map(({ id, name, color }) => ({ value: id, label: name, colour: color })),
      ]}
      onchange={(value) => navigate(routeAddress({ ...route, department: value === '' ? undefined : value }))}
    />
  );
}

function TagFilter({ route }: { route: Route }) {
  const { tags } = useDesk();
  const { items } = useSource(tags.active);
  useSource(tags.archived);
  const { tag } = route;
  const chosen = tag === undefined ? undefined : tags.get(tag);
  const options = [
    { value: '', label: strings.everyTag },
    ...(tag !== undefined && !items.some(({ id }) => id === tag)
      ? [{ value: tag, label: chosen?.name ?? strings.goneTag, colour: chosen?.color ?? '#808080' }]
      : []),
    ...items.map(({ id, name, color }) => ({ value: id, label: name, colour: color })),
  ];
  return options.length === 1 ? null : (
    <Select
      compact
      hideLabel
      alignEnd
      label={strings.tagFilter}
      value={tag ?? ''}
      options={options}
      onchange={(value) => navigate(routeAddress({ ...route, tag: value === '' ? undefined : value }))}
    />
  );
}
