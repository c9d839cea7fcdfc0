/**
 * The team's departments: what there is, when somebody is there, how many people and conversations are in each, and what whoever
 * looks after them does with them. One of them has a page of its own.
 */
import type { Department } from '@wire';
import { useEffect, useRef, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useAll } from '../../data/use-all.ts';
import { useDesk } from '../../shell/desk.ts';
import { addressOf, type Place } from '../../shell/router.ts';
import { strings } from '../../strings/departments.ts';
import { strings as ui } from '../../strings/ui.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icon.tsx';
import { keepFocus } from '../../ui/keep-focus.ts';
import { matches } from '../../ui/list-keys.ts';
import { ColourDot } from '../../ui/listbox.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { Table } from '../../ui/table.tsx';
import { TabList } from '../../ui/tabs.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { DepartmentPage } from './department-page.tsx';
import { DEPARTMENTS, NEW } from './departments-place.ts';
import { linesOf } from './hours.ts';
import { ArchiveDepartment, DeleteDepartment, conversationsIn, peopleIn } from './part-with.tsx';
import './departments.css';

type Doing = { what: 'archive' | 'delete'; department: Department };

export default function DepartmentsScreen({ parameters: { id } }: Place) {
  const desk = useDesk();
  // One page takes another's place.
  useEffect(keepFocus, [id]);
  // Whoever may not change them sees all there is to see in the list.
  return id === undefined || !desk.may('manage_departments') ? <DepartmentList /> : <DepartmentPage key={id} id={id} />;
}

function DepartmentList() {
  const desk = useDesk();
  const { departments } = desk;
  const [set, setSet] = useState<'active' | 'archived'>('active');
  const [doing, setDoing] = useState<Doing>();
  const [sought, setSought] = useState('');
  const main = useRef<HTMLElement>(null);
  const resource = departments[set];
  const wasHere = useRef(new Set<unknown>());
  useEffect(() => {
    if (resource.state.loaded && !wasHere.current.has(resource)) {
      void resource.refresh();
    }
    wasHere.current.add(resource);
  }, [resource]);
  const { items, loaded, loading, error } = useAll<Department, unknown, unknown>(resource);
  // Counts change with the conversations, and what changes there the inbox tells.
  useEffect(() => desk.inbox.subscribe(() => resource.hint()), [desk, resource]);
  // A dialog that gives way to another one closes a moment later: that ends itself, and not the other.
  const end = () => {
    setDoing((now) => (now === doing ? undefined : now));
    keepFocus();
  };
  const mayManage = desk.may('manage_departments');
  const named = items.map((department) => ({ department, label: `${department.name} ${department.description ?? ''}` }));
  const shown = matches(named, sought).map(({ department }) => department);

  const archive = async (department: Department, archived: boolean) => {
    const { id, name } = department;
    try {
      await departments.archive(department, archived);
      const back = departments.archived.get(id);
      toast(archived ? strings.wasArchived(name) : strings.wasRestored(name), {
        tone: 'good',
        ...(archived && back && { action: { label: strings.undo, run: () => void archive(back, false) } }),
      });
    } catch (failure) {
      desk.failed(archived ? strings.notArchived(name) : strings.notRestored(name), failure);
    }
    keepFocus();
  };
  const actions = (department: Department): MenuItem[][] => [
    [
      { label: strings.edit, icon: 'edit', href: addressOf(DEPARTMENTS, { id: department.id }) },
      department.archivedAt === undefined
        ? { label: strings.archive, icon: 'archive', onchoose: () => setDoing({ what: 'archive', department }) }
        : { label: strings.restore, icon: 'restore', onchoose: () => void archive(department, false) },
    ],
    [{ label: strings.delete, icon: 'delete', danger: true, onchoose: () => setDoing({ what: 'delete', department }) }],
  ];
  const add = (
    <a class="button button-primary button-normal" href={addressOf(DEPARTMENTS, { id: NEW })}>
      <Icon name="add" />
      <span class="button-label">{strings.add}</span>
    </a>
  );

  return (
    <main class="departments" tabIndex={-1} ref={main}>
      <header class="departments-head">
        <div>
          <h1>{strings.title}</h1>
          <p>{strings.introduction}</p>
        </div>
        {mayManage && add}
      </header>
      <TabList<'active' | 'archived'>
        id="departments"
        label={strings.sets}
        tabs={[
          { name: 'active', label: strings.active },
          { name: 'archived', label: strings.archived },
        ]}
        chosen={set}
        onchange={setSet}
      />
      <div id="departments-panel" role="tabpanel" aria-labelledby={`departments-${set}`} aria-busy={loading}>
        {items.length > 0 && (
          <div class="departments-search" role="search">
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
            label={strings[set]}
            busy={loading && loaded}
            rows={shown}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'name',
                label: strings.columns.name,
                cell: (department) => (
                  <span class="departments-who">
                    <span class="departments-name">
                      <ColourDot colour={department.color} />
                      {mayManage ? (
                        <a class="departments-link" href={addressOf(DEPARTMENTS, { id: department.id })}>
                          <bdi>{department.name}</bdi>
                        </a>
                      ) : (
                        <bdi>{department.name}</bdi>
                      )}
                    </span>
                    {department.description !== undefined && (
                      <span class="table-text" dir="auto">
                        {department.description}
                      </span>
                    )}
                  </span>
                ),
              },
              { name: 'hours', label: strings.columns.hours, cell: (department) => <Hours department={department} /> },
              {
                name: 'members',
                label: strings.columns.members,
                numeric: true,
                cell: (department) =>
                  desk.may('read_people') ? (
                    <a class="departments-count" href={peopleIn(department)} aria-label={strings.showPeople(department.name, department.members)}>
                      {department.members}
                    </a>
                  ) : (
                    department.members
                  ),
              },
              {
                name: 'conversations',
                label: strings.columns.conversations,
                numeric: true,
                cell: (department) => (
                  <a
                    class="departments-count"
                    href={conversationsIn(department)}
                    aria-label={strings.showConversations(department.name, department.conversations)}
                  >
                    {department.conversations}
                  </a>
                ),
              },
              ...(mayManage
                ? [
                    {
                      name: 'actions',
                      label: strings.columns.actions,
                      hideLabel: true,
                      cell: (department: Department) => (
                        <Menu alignEnd title={department.name} groups={actions(department)}>
                          {(trigger) => <IconButton {...trigger} icon="menu" size="small" label={strings.actionsFor(department.name)} />}
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
            <Button onClick={() => void (loaded ? resource.refresh() : resource.load())}>{strings.tryAgain}</Button>
          </div>
        ) : !loaded ? (
          <Skeletons label={strings.loading}>
            {[34, 52, 41, 47].map((width) => (
              <div key={width} class="departments-skeleton">
                <Skeleton width={width} />
              </div>
            ))}
          </Skeletons>
        ) : items.length === 0 ? (
          <Empty icon={set === 'active' ? 'department' : 'archive'} title={set === 'active' ? strings.none : strings.noneArchived}>
            <p>{set === 'active' ? strings.noneExplanation : strings.noneArchivedExplanation}</p>
          </Empty>
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
      </div>
      {doing?.what === 'archive' && (
        <ArchiveDepartment department={doing.department} onclose={end} onarchive={() => void archive(doing.department, true)} />
      )}
      {doing?.what === 'delete' && (
        <DeleteDepartment
          department={doing.department}
          onclose={end}
          onarchive={doing.department.archivedAt === undefined ? () => void archive(doing.department, true) : undefined}
        />
      )}
    </main>
  );
}

function Hours({ department: { hours } }: { department: Department }) {
  return hours === undefined ? (
    <>{strings.always}</>
  ) : (
    <ul class="departments-hours">
      {linesOf(hours).map((line) => (
        <li key={line}>{line}</li>
      ))}
      <li class="departments-zone">{hours.timeZone.replaceAll('_', ' ')}</li>
    </ul>
  );
}
