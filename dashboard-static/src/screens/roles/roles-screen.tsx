/**
 * The roles: those that are built in and the team's own, how far each sees, how many people have it. One of them has a page of
 * its own.
 */
import type { TeamRole } from '@wire';
import { useEffect, useRef, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { reachOf } from '../../data/permissions.ts';
import { useAll } from '../../data/use-all.ts';
import { useDesk } from '../../shell/desk.ts';
import { addressOf, type Place } from '../../shell/router.ts';
import { strings } from '../../strings/roles.ts';
import { strings as ui } from '../../strings/ui.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icon.tsx';
import { keepFocus } from '../../ui/keep-focus.ts';
import { matches } from '../../ui/list-keys.ts';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { Table } from '../../ui/table.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { DeleteRole, peopleWith } from './delete-role.tsx';
import { RolePage } from './role-page.tsx';
import { NEW, ROLES } from './roles-place.ts';
import './roles.css';

export default function RolesScreen({ parameters: { id }, query: { like } }: Place) {
  const desk = useDesk();
  // One page takes another's place.
  useEffect(keepFocus, [id]);
  const isShown = id !== undefined && (id !== NEW || desk.may('manage_roles'));
  return isShown ? <RolePage key={`${id} ${like}`} id={id} like={like} /> : <RoleList />;
}

function RoleList() {
  const desk = useDesk();
  const { roles } = desk;
  const [deleting, setDeleting] = useState<TeamRole>();
  const [sought, setSought] = useState('');
  const main = useRef<HTMLElement>(null);
  useEffect(() => void (roles.state.loaded && roles.refresh()), [roles]);
  const { items, loaded, loading, error } = useAll(roles);
  const mayManage = desk.may('manage_roles');
  const descriptionOf = ({ id, description }: TeamRole) => description ?? strings.builtInHints[id];
  const shown = matches(
    items.map((role) => ({ role, label: `${role.name} ${descriptionOf(role) ?? ''}` })),
    sought,
  ).map(({ role }) => role);

  const actions = (role: TeamRole): MenuItem[][] => {
    const mayGive = desk.mayGive(role.permissions);
    const mayChange = !role.builtIn && mayGive;
    return [
      [
        { label: mayChange ? strings.edit : strings.look, icon: mayChange ? 'edit' : 'info', href: addressOf(ROLES, { id: role.id }) },
        ...(mayGive ? [{ label: strings.copy, icon: 'copy' as const, href: addressOf(ROLES, { id: NEW }, { like: role.id }) }] : []),
      ],
      mayChange ? [{ label: strings.delete, icon: 'delete', danger: true, onchoose: () => setDeleting(role) }] : [],
    ];
  };

  return (
    <main class="roles" tabIndex={-1} ref={main}>
      <header class="roles-head">
        <div>
          <h1>{strings.title}</h1>
          <p>{strings.introduction}</p>
        </div>
        {mayManage && (
          <a class="button button-primary button-normal" href={addressOf(ROLES, { id: NEW })}>
            <Icon name="add" />
            <span class="button-label">{strings.add}</span>
          </a>
        )}
      </header>
      {items.length > 0 && (
        <div class="roles-search" role="search">
          <TextField
            hideLabel
            name="search"
            type="search"
            icon="search"
            label={strings.search}
            placeholder={strings.search}
            autocomplete="off"
            value={sought}
            oninput={setSought}
          />
          <span class="hidden-label" role="status">
            {sought.trim() === '' ? '' : ui.found(shown.length)}
          </span>
        </div>
      )}
      {shown.length > 0 && (
        <Table
          label={strings.title}
          busy={loading && loaded}
          rows={shown}
          keyOf={({ id }) => id}
          columns={[
            {
              name: 'name',
              label: strings.columns.name,
              cell: (role) => (
                <span class="roles-who">
                  <span class="roles-name">
                    <a class="roles-link" href={addressOf(ROLES, { id: role.id })}>
                      <bdi>{role.name}</bdi>
                    </a>
                    {role.builtIn && <Badge>{strings.builtIn}</Badge>}
                    {role.id === desk.user.role && <Badge tone="accent">{strings.yours}</Badge>}
                  </span>
                  {descriptionOf(role) !== undefined && (
                    <span class="table-text" dir="auto">
                      {descriptionOf(role)}
                    </span>
                  )}
                </span>
              ),
            },
            {
              name: 'sees',
              label: strings.columns.sees,
              cell: ({ permissions }) => strings.sees[reachOf(permissions, 'read_conversations') ?? 'none'],
            },
            {
              name: 'people',
              label: strings.columns.people,
              numeric: true,
              cell: (role) => (
                <a class="roles-count" href={peopleWith(role)} aria-label={strings.showPeople(role.name, role.people)}>
                  {role.people}
                </a>
              ),
            },
            ...(mayManage
              ? [
                  {
                    name: 'actions',
                    label: strings.columns.actions,
                    hideLabel: true,
                    cell: (role: TeamRole) => (
                      <Menu alignEnd title={role.name} groups={actions(role)}>
                        {(trigger) => <IconButton {...trigger} icon="menu" size="small" label={strings.actionsFor(role.name)} />}
                      </Menu>
                    ),
                  },
                ]
              : []),
          ]}
        />
      )}
      {error !== undefined ? (
        <div class="load-more" role="alert">
          <p>
            {strings.failed} {explain(error)}
          </p>
          <Button onClick={() => void (loaded ? roles.refresh() : roles.load())}>{strings.tryAgain}</Button>
        </div>
      ) : !loaded ? (
        <Skeletons label={strings.loading}>
          {[34, 52, 41].map((width) => (
            <div key={width} class="roles-skeleton">
              <Skeleton width={width} />
            </div>
          ))}
        </Skeletons>
      ) : (
        shown.length === 0 && (
          <Empty icon="search" title={strings.nothingFound}>
            <p>{strings.nothingFoundExplanation}</p>
            <Button
              onClick={() => {
                setSought('');
                main.current?.querySelector<HTMLElement>('input[type="search"]')?.focus();
              }}
            >
              {strings.showAll}
            </Button>
          </Empty>
        )
      )}
      {deleting && (
        <DeleteRole
          role={deleting}
          onclose={() => {
            setDeleting(undefined);
            keepFocus();
          }}
        />
      )}
    </main>
  );
}
