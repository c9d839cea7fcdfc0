/** One role, or a new one: to be changed, or to be read where it is built in or goes beyond whoever looks. */
import { ApiError } from '@client/api.js';
import type { RolePreset, TeamRole } from '@wire';
import { useEffect, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk, useSubject } from '../../shell/desk.ts';
import { addressOf, navigate } from '../../shell/router.ts';
import { strings } from '../../strings/roles.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.tsx';
import { useSource } from '../../ui/use-source.ts';
import { RightsInWords } from './rights-fields.tsx';
import { RoleForm } from './role-form.tsx';
import { NEW, ROLES } from './roles-place.ts';

export function RolePage({ id, like }: { id: string; like: string | undefined }) {
  const desk = useDesk();
  const { ask, roles } = desk;
  useSource<typeof roles.state>(roles);
  const isNew = id === NEW;
  const [presets, setPresets] = useState<readonly RolePreset[]>();
  const [failure, setFailure] = useState<unknown>();
  const role = isNew ? undefined : roles.get(id);
  const title = role?.name ?? (isNew ? strings.newTitle : undefined);
  useSubject(title);
  const load = () => {
    setFailure(undefined);
    const here = isNew ? roles.refresh() : roles.one(id);
    Promise.all([isNew ? ask('GET /api/v1/roles/presets') : { items: [] }, here]).then(([{ items }]) => setPresets(items), setFailure);
  };
  useEffect(load, [id]);

  const toList = () => navigate(addressOf(ROLES));
  const saved = ({ name, people }: TeamRole, changed: boolean) => {
    toast(isNew ? strings.made(name) : changed ? strings.saved(name, people) : strings.nothingChanged, changed ? { tone: 'good' } : {});
    toList();
  };
  const isBeyond = role !== undefined && !desk.mayGive(role.permissions);
  const mayChange = desk.may('manage_roles') && !role?.builtIn && !isBeyond;
  return (
    <main class="role" tabIndex={-1}>
      <nav class="role-back">
        <a href={addressOf(ROLES)}>
          <Icon name="back" />
          {strings.back}
        </a>
      </nav>
      {failure instanceof ApiError && failure.status === 404 ? (
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
      ) : presets === undefined || (!isNew && !role) ? (
        <Skeletons label={strings.loadingOne}>
          {[34, 52, 41, 47].map((width) => (
            <div key={width} class="roles-skeleton">
              <Skeleton width={width} />
            </div>
          ))}
        </Skeletons>
      ) : (
        <>
          <h1>
            <bdi>{title}</bdi>
          </h1>
          {mayChange ? (
            <RoleForm key={id} role={role} presets={presets} like={like} onsaved={saved} oncancel={toList} />
          ) : (
            role && (
              <>
                <p>{strings.holders(role.people)}</p>
                {desk.may('manage_roles') && <p class="notice">{role.builtIn ? strings.isBuiltIn : strings.isBeyond}</p>}
                <RightsInWords permissions={role.permissions} />
                {desk.may('manage_roles') && !isBeyond && (
                  <a class="button button-secondary button-normal role-copy" href={addressOf(ROLES, { id: NEW }, { like: role.id })}>
                    <Icon name="copy" />
                    <span class="button-label">{strings.copy}</span>
                  </a>
                )}
              </>
            )
          )}
        </>
      )}
    </main>
  );
}
