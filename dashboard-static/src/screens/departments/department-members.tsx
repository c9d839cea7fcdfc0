/** Who is in a department. Each change is so at once: it is the person's, not the department's. */
import type { Department, UpdateUser, User } from '@wire';
import { useRef, useState } from 'preact/hooks';
import type { Ask } from '../../data/api.ts';
import { byName } from '../../data/catalogue.ts';
import { explain } from '../../data/explain.ts';
import { reachOf } from '../../data/permissions.ts';
import { Resource } from '../../data/resource.ts';
import { useAll } from '../../data/use-all.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/departments.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.tsx';

type Everybody = Resource<User, never, UpdateUser>;

function everybody(ask: Ask): Everybody {
  return new Resource<User, never, UpdateUser>(
    {
      list: (cursor) => ask('GET /api/v1/users', { query: { limit: 100, cursor } }),
      one: (id) => ask('GET /api/v1/users/{id}', { path: { id } }),
      change: (id, body, version) => ask('PATCH /api/v1/users/{id}', { path: { id }, body, version }),
    },
    { order: byName },
  );
}

/** `isUnsaved`: whether something else on the page is; another department of one's own begins the dashboard afresh. */
export function DepartmentMembers({ department, isUnsaved }: { department: Department; isUnsaved(): boolean }) {
  const desk = useDesk();
  const [people] = useState(() => everybody(desk.ask));
  const { items, loaded, error } = useAll(people);
  const field = useRef<HTMLDivElement>(null);
  const { id, name } = department;
  const isIn = ({ departments }: User) => departments.includes(id);
  const members = items.filter(isIn);
  const mayChange = desk.may('manage_people');
  const mayAdd = reachOf(desk.permissions, 'read_conversations') === 'all' || desk.user.departments.includes(id);

  const put = async (user: User, within: boolean) => {
    if (user.id === desk.user.id && isUnsaved()) {
      toast(strings.saveFirst, { tone: 'bad' });
      return;
    }
    const others = user.departments.filter((one) => one !== id);
    try {
      const saved = await people.change(user, { departments: within ? [...others, id] : others });
      desk.session.know(saved);
      toast(within ? strings.added(saved.name, name) : strings.removed(saved.name, name), { tone: 'good' });
    } catch (failure) {
      desk.failed(within ? strings.notAdded(user.name) : strings.notRemoved(user.name), failure);
    }
  };

  return (
    <section class="department-part" aria-labelledby="department-members">
      <h2 id="department-members">{strings.members}</h2>
      <p class="department-explanation">{strings.membersExplanation}</p>
      {error !== undefined ? (
        <div class="load-more" role="alert">
          <p>
            {strings.membersFailed} {explain(error)}
          </p>
          <Button onClick={() => void (loaded ? people.refresh() : people.load())}>{strings.tryAgain}</Button>
        </div>
      ) : !loaded ? (
        <Skeletons label={strings.loadingOne}>
          {[34, 41].map((width) => (
            <Skeleton key={width} width={width} />
          ))}
        </Skeletons>
      ) : (
        <>
          {mayChange && mayAdd && department.archivedAt === undefined && (
            <div class="department-fields" ref={field}>
              <Combobox
                label={strings.addMember}
                hint={strings.addMemberHint}
                value={undefined}
                options={items
                  .filter((user) => !isIn(user) && user.status === 'active')
                  .map((user) => ({ value: user.id, label: user.name, hint: user.email }))}
                onchange={(value) => {
                  const user = people.get(value);
                  if (user) {
                    void put(user, true);
                  }
                }}
              />
            </div>
          )}
          {mayChange && !mayAdd && <p class="department-explanation">{strings.onlyOwn}</p>}
          {members.length === 0 ? (
            <p class="department-explanation">{strings.noMembers}</p>
          ) : (
            <ul class="department-members" aria-label={strings.members}>
              {members.map((user) => (
                <li key={user.id}>
                  <Avatar actor={user} />
                  <span class="department-member">
                    <span>
                      <bdi>{user.name}</bdi> {user.status === 'deactivated' && <Badge tone="warning">{strings.deactivated}</Badge>}
                    </span>
                    <span class="department-email" dir="ltr">
                      {user.email}
                    </span>
                  </span>
                  {mayChange && (
                    <IconButton
                      icon="close"
                      size="small"
                      label={strings.removeMember(user.name)}
                      onClick={() => {
                        void put(user, false);
                        field.current?.querySelector('input')?.focus();
                      }}
                    />
                  )}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  );
}
