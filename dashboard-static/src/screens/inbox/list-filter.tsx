import { useDesk } from '../../shell/desk.ts';
import { navigate } from '../../shell/router.ts';
import { strings } from '../../strings/inbox.ts';
import { Select } from '../../ui/select.tsx';
import { useSource } from '../../ui/use-source.ts';
import { FILTERS, routeAddress, type Route } from './route.ts';

/** Which conversations are listed. By status there are links, so that each list has an address; a tag narrows it. */
export function ListFilter({ route }: { route: Route }) {
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
  return (
    <div class="filter">
      {/* The region has this name already. */}
      <p class="filter-title" aria-hidden="true">
        {strings.inbox}
      </p>
      {options.length > 1 && (
        <Select
          compact
          hideLabel
          label={strings.tagFilter}
          value={tag ?? ''}
          options={options}
          onchange={(value) => navigate(routeAddress({ ...route, tag: value === '' ? undefined : value }))}
        />
      )}
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
