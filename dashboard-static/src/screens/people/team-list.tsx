import type { User } from '@wire';
import { explain } from '../../data/explain.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/people.ts';
import { strings as ui } from '../../strings/ui.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Select } from '../../ui/select.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { Table } from '../../ui/table.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { useNow } from '../../ui/time.ts';
import { toast } from '../../ui/toast.tsx';
import { useSource } from '../../ui/use-source.ts';
import { passwordLink, type Linked } from './link-dialog.tsx';
import { EVERYBODY, isFiltered, type Filter, type People } from './people-list.ts';
import { DepartmentFilter, DepartmentNames, RoleFilter, RoleName } from './role-and-departments.tsx';

const MINUTE = 60_000;

interface Props {
  people: People;
  /** Whether others are on their way, who fit what is asked for now. */
  searching: boolean;
  filter: Filter;
  onfilter(filter: Filter): void;
  onact(what: 'edit' | 'deactivate' | 'delete', user: User): void;
  onlink(linked: Linked): void;
}

export function TeamList({ people, searching, filter, onfilter, onact, onlink }: Props) {
  const desk = useDesk();
  const now = useNow(MINUTE);
  const { items, loaded, hasMore, loading, error } = useSource<People['state']>(people);
  const busy = searching || loading;

  const reactivate = async ({ id, name, version }: User) => {
    try {
      people.merge(await desk.ask('POST /api/v1/users/{id}/reactivate', { path: { id }, version }));
      toast(strings.wasReactivated(name), { tone: 'good' });
    } catch (failure) {
      desk.failed(strings.notReactivated(name), failure);
      void people.one(id).catch(() => {});
    }
  };
  const makeLink = async ({ id, name }: User) => {
    try {
      onlink(passwordLink({ name, ...(await desk.ask('POST /api/v1/users/{id}/password-reset-link', { path: { id } })) }));
    } catch (failure) {
      desk.failed(strings.noPasswordLink(name), failure);
    }
  };
  const actions = (user: User): MenuItem[][] => {
    const role = desk.roles.get(user.role);
    const disabled = role !== undefined && !desk.mayGive(role.permissions);
    return [
      [
        { label: strings.edit, icon: 'edit', disabled, ...(disabled && { hint: strings.beyondYou }), onchoose: () => onact('edit', user) },
        ...(user.status === 'active' ? [{ label: strings.passwordLink, icon: 'copy' as const, disabled, onchoose: () => void makeLink(user) }] : []),
        user.status === 'active'
          ? { label: strings.deactivate, icon: 'lock', disabled, onchoose: () => onact('deactivate', user) }
          : { label: strings.reactivate, icon: 'restore', disabled, onchoose: () => void reactivate(user) },
      ],
      [{ label: strings.delete, icon: 'delete', danger: true, disabled, onchoose: () => onact('delete', user) }],
    ];
  };

  return (
    <>
      <div class="people-filter" role="search">
        <TextField
          name="search"
          type="search"
          icon="search"
          hideLabel
          label={strings.search}
          placeholder={strings.search}
          autocomplete="off"
          value={filter.search}
          oninput={(search) => onfilter({ ...filter, search })}
        />
        <RoleFilter value={filter.role} onchange={(role) => onfilter({ ...filter, role })} />
        <DepartmentFilter value={filter.department} onchange={(department) => onfilter({ ...filter, department })} />
        <Select
          hideLabel
          label={strings.statusFilter}
          value={filter.status}
          options={(['', 'active', 'deactivated'] as const).map((value) => ({ value, label: strings.statuses[value] }))}
          onchange={(status) => onfilter({ ...filter, status })}
        />
        <span class="hidden-label" role="status">
          {isFiltered(filter) && !busy && error === undefined ? ui.found(items.length) : ''}
        </span>
      </div>
      {items.length > 0 && (
        <Table
          label={strings.team}
          busy={busy}
          rows={items}
          keyOf={({ id }) => id}
          columns={[
            {
              name: 'name',
              label: strings.columns.name,
              cell: (user) => (
                <span class="people-person">
                  <Avatar actor={user} />
                  <span class="people-who">
                    <span class="people-name">
                      <bdi>{user.name}</bdi>
                      {user.id === desk.user.id && <Badge>{strings.you}</Badge>}
                      {user.status === 'deactivated' && <Badge tone="warning">{strings.deactivated}</Badge>}
                    </span>
                    <span class="people-email" dir="ltr">
                      {user.email}
                    </span>
                  </span>
                </span>
              ),
            },
            { name: 'role', label: strings.columns.role, cell: ({ role }) => <RoleName role={role} /> },
            { name: 'departments', label: strings.columns.departments, cell: ({ departments }) => <DepartmentNames ids={departments} /> },
            { name: 'capacity', label: strings.columns.capacity, numeric: true, cell: ({ capacity }) => capacity },
            {
              name: 'seen',
              label: strings.columns.seen,
              cell: ({ lastSeenAt }) => (lastSeenAt === undefined ? strings.never : <Moment at={lastSeenAt} now={now} />),
            },
            {
              name: 'actions',
              label: strings.columns.actions,
              hideLabel: true,
              cell: (user) =>
                desk.may('manage_people') && (
                  <Menu alignEnd title={user.name} groups={actions(user)}>
                    {(trigger) => <IconButton {...trigger} icon="menu" size="small" label={strings.actionsFor(user.name)} />}
                  </Menu>
                ),
            },
          ]}
        />
      )}
      {error !== undefined ? (
        <div class="load-more" role="alert">
          <p>
            {strings.failed} {explain(error)}
          </p>
          <Button onClick={() => void (loaded ? people.refresh() : people.load())}>{strings.tryAgain}</Button>
        </div>
      ) : !loaded ? (
        <Skeletons label={strings.loading}>
          {[34, 52, 41, 47].map((width) => (
            <div key={width} class="people-skeleton">
              <Skeleton width={width} />
            </div>
          ))}
        </Skeletons>
      ) : items.length === 0 ? (
        <Empty icon="people" title={strings.nobodyFound}>
          <p>{strings.nobodyFoundExplanation}</p>
          <Button
            onClick={() => {
              onfilter(EVERYBODY);
              document.querySelector<HTMLElement>('.people-filter input')?.focus();
            }}
          >
            {strings.clearFilters}
          </Button>
        </Empty>
      ) : (
        hasMore && (
          <div class="load-more">
            <Button busy={loading} onClick={() => void people.loadMore()}>
              {strings.loadMore}
            </Button>
          </div>
        )
      )}
    </>
  );
}
