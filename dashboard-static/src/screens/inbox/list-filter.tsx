import type { Kind } from '@client/inbox.js';
import { useAll } from '../../data/use-all.ts';
import { useCommands, useDesk } from '../../shell/desk.ts';
import { navigate } from '../../shell/router.ts';
import { strings } from '../../strings/inbox.ts';
import { ColourDot } from '../../ui/listbox.tsx';
import { Select } from '../../ui/select.tsx';
import { useMedia } from '../../ui/use-media.ts';
import { useSource } from '../../ui/use-source.ts';
import { FILTERS, QUEUE, VIEWS, kindOf, routeAddress, type Route } from './route.ts';

/** One of the lists that are a press away. */
interface View {
  label: string;
  colour?: string;
  route: Pick<Route, 'view' | 'department'>;
  /** How many it has; unknown where they are not counted, and before the feed has told. */
  count: number | undefined;
}

/**
 * Which conversations are listed: whose, by views with an address and a live count each; how they stand; and a department
 * and a tag narrow it.
 */
export function ListFilter({ route }: { route: Route }) {
  const { views, current } = useViews(route);
  const isWide = useMedia('(width >= 48rem)');
  const addressOf = (view: View) => routeAddress({ ...route, ...view.route, conversationId: undefined });
  useCommands({
    name: strings.groups.list,
    scope: 'screen',
    commands: views.map((view) => ({
      words: strings.commands.view(view.label),
      icon: 'inbox',
      isOffered: () => view !== current,
      run: () => navigate(addressOf(view)),
    })),
  });
  return (
    <div class="filter">
      <div class="filter-more">
        <Select
          compact
          hideLabel
          label={strings.statusFilter}
          value={route.status}
          options={FILTERS.map((status) => ({ value: status, label: strings.statuses[status] }))}
          onchange={(status) => navigate(routeAddress({ ...route, status }))}
        />
        <span class="filter-gap" />
        <DepartmentFilter route={route} />
        <TagFilter route={route} />
      </div>
      {isWide ? (
        <nav aria-label={strings.filter}>
          <ul>
            {views.map((view) => (
              <li key={addressOf(view)}>
                <a href={addressOf(view)} class="filter-link" {...(view === current && { 'aria-current': 'page' as const })}>
                  {view.colour !== undefined && <ColourDot colour={view.colour} />}
                  <bdi>{view.label}</bdi>
                  {view.count !== undefined && (
                    <>
                      <span class="filter-count" aria-hidden="true">
                        {view.count}
                      </span>
                      <span class="hidden-label">{strings.counted(view.count)}</span>
                    </>
                  )}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      ) : (
        <Select
          compact
          hideLabel
          label={strings.viewsName}
          value={String(views.indexOf(current))}
          options={views.map(({ label, colour, count }, index) => ({
            value: String(index),
            label: count === undefined ? label : `${label} · ${count}`,
            ...(colour !== undefined && { colour }),
          }))}
          onchange={(index) => navigate(addressOf(views[Number(index)] ?? current))}
        />
      )}
    </div>
  );
}

/** The views there are for whoever is signed in, and the one that an address is of. */
function useViews(route: Route): { views: View[]; current: View } {
  const desk = useDesk();
  const { departments } = desk;
  const { items } = useAll(departments.active, desk.may('read_departments'));
  const { count } = useSource(desk.inbox);
  const view = (label: string, place: View['route'], colour?: string): View => {
    const kind: Kind | undefined = kindOf({ ...place, status: route.status });
    return { label, route: place, count: kind && count(kind), ...(colour !== undefined && { colour }) };
  };
  const all = view(strings.views.all, { view: undefined, department: undefined });
  const whose = VIEWS.map((one) => view(strings.views[one], { view: one, department: undefined }));
  const mine = items
    .filter(({ id }) => desk.user.departments.includes(id))
    .map(({ id, name, color }) => view(name, { view: undefined, department: id }, color));
  const views = [...whose, all, ...mine];
  const current =
    views.find((one) => one.route.view === route.view && one.route.department === route.department) ??
    views.find((one) => one.route.view === route.view && one.route.department === undefined);
  return { views, current: current ?? all };
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
