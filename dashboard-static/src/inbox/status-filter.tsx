import { FILTERS, STATUS_NAMES, routeAddress, type Route } from '../route.ts';

/** Which conversations are listed. Links, so that each list has an address. */
export function StatusFilter({ route }: { route: Route }) {
  return (
    <nav class="filter" aria-label="Filter conversations">
      <ul>
        {FILTERS.map((filter) => (
          <li key={filter}>
            <a
              href={routeAddress({ ...route, filter })}
              class="filter-link"
              {...(filter === route.filter && { 'aria-current': 'page' })}
            >
              {STATUS_NAMES[filter]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
