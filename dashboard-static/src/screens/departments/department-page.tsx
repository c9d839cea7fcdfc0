/** One department, or a new one: what it is, when somebody is there, who is in it. */
import type { Department } from '@wire';
import { ApiError } from '@client/api.js';
import { useEffect, useRef, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk, useSubject } from '../../shell/desk.ts';
import { addressOf, navigate } from '../../shell/router.ts';
import { strings } from '../../strings/departments.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icon.tsx';
import { ColourDot } from '../../ui/listbox.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.tsx';
import { useSource } from '../../ui/use-source.ts';
import { DepartmentForm } from './department-form.tsx';
import { DepartmentMembers } from './department-members.tsx';
import { DEPARTMENTS, NEW } from './departments-place.ts';

export function DepartmentPage({ id }: { id: string }) {
  const desk = useDesk();
  const { departments } = desk;
  useSource(departments.active);
  useSource(departments.archived);
  const isNew = id === NEW;
  const [loaded, setLoaded] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const unsaved = useRef(false);
  const department = isNew ? undefined : (departments.active.get(id) ?? departments.archived.get(id));
  const title = department?.name ?? (isNew ? strings.newTitle : undefined);
  useSubject(title);
  const load = () => {
    setFailure(undefined);
    desk.ask('GET /api/v1/departments/{id}', { path: { id } }).then((found) => {
      departments.merge(found);
      setLoaded(true);
    }, setFailure);
  };
  useEffect(() => void (isNew || load()), [id]);

  const toList = () => navigate(addressOf(DEPARTMENTS));
  const saved = (now: Department) => {
    if (isNew) {
      toast(strings.made(now.name), { tone: 'good' });
      navigate(addressOf(DEPARTMENTS, { id: now.id }), { replace: true });
    } else {
      toast(unsaved.current ? strings.saved(now.name) : strings.nothingChanged, unsaved.current ? { tone: 'good' } : {});
      toList();
    }
  };
  return (
    <main class="department" tabIndex={-1}>
      <nav class="department-back">
        <a href={addressOf(DEPARTMENTS)}>
          <Icon name="back" />
          {strings.back}
        </a>
      </nav>
      {failure instanceof ApiError && (failure.status === 404 || failure.status === 400) ? (
        <Empty urgent icon="alert" title={strings.gone}>
          <p>{strings.goneExplanation}</p>
        </Empty>
      ) : failure !== undefined ? (
        <div class="load-more" role="alert">
          <p>
            {strings.failedOne} {explain(failure)}
          </p>
          <Button onClick={load}>{strings.tryAgain}</Button>
        </div>
      ) : !isNew && (!loaded || !department) ? (
        <Skeletons label={strings.loadingOne}>
          {[34, 52, 41, 47].map((width) => (
            <div key={width} class="departments-skeleton">
              <Skeleton width={width} />
            </div>
          ))}
        </Skeletons>
      ) : (
        <>
          <h1>
            {department && <ColourDot colour={department.color} />}
            <bdi>{title}</bdi>
          </h1>
          {department?.archivedAt !== undefined && <p class="notice">{strings.isArchived}</p>}
          <DepartmentForm
            key={id}
            department={department}
            onsaved={saved}
            oncancel={toList}
            onunsaved={(now) => (unsaved.current = now)}
          />
          {department && desk.may('read_people') && <DepartmentMembers department={department} isUnsaved={() => unsaved.current} />}
        </>
      )}
    </main>
  );
}
