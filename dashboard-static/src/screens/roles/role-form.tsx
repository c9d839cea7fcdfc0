import { ApiError } from '@client/api.js';
import type { RolePreset, TeamRole } from '@wire';
import { useState } from 'preact/hooks';
import { namedRules } from '../../data/rules.ts';
import { useForm } from '../../data/use-form.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/roles.ts';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/select.tsx';
import { LongTextField, TextField } from '../../ui/text-field.tsx';
import { RightsFields } from './rights-fields.tsx';
import { RolePreview } from './role-preview.tsx';
import { changesOf, createOf, permissionsOf, valuesOf } from './role-values.ts';
import { chosenOf } from './rights.ts';

interface Props {
  /** The one that is changed; `undefined` for one that is to be made. */
  role: TeamRole | undefined;
  /** What a new one may be like. */
  presets: readonly RolePreset[];
  like: string | undefined;
  onsaved(role: TeamRole, changed: boolean): void;
  oncancel(): void;
}

const NOTHING = '';

/** Makes a role, or changes one. */
export function RoleForm({ role, presets, like, onsaved, oncancel }: Props) {
  const desk = useDesk();
  const { roles } = desk;
  const models = [
    ...presets.map(({ key, permissions }) => ({
      value: key,
      label: strings.presets[key] ?? key,
      hint: strings.presetHints[key] ?? '',
      group: strings.presetGroup,
      permissions,
    })),
    ...roles.state.items.map(({ id, name, description, permissions }) => ({
      value: id,
      label: name,
      hint: description ?? strings.builtInHints[id] ?? '',
      group: strings.roleGroup,
      permissions,
    })),
  ];
  const rightsOf = (value: string) => models.find((model) => model.value === value)?.permissions ?? [];
  const [model, setModel] = useState(like ?? 'agent');
  const [shown] = useState(() => valuesOf(role ?? { name: '', permissions: rightsOf(model) }));
  const form = useForm({
    values: shown,
    rules: namedRules,
    send: async (values) => {
      if (!role) {
        onsaved(await roles.create(createOf(values)), true);
        return;
      }
      // The version that is here now: after somebody else's change that is theirs, and it has been said.
      const now = roles.get(role.id) ?? role;
      const changes = changesOf(shown, values);
      onsaved(changes ? await roles.change(now, changes) : now, changes !== undefined);
    },
    refusal: (error) =>
      error instanceof ApiError && error.code === 'duplicate_key'
        ? { name: strings.nameTaken }
        : error instanceof ApiError && error.code === 'precondition_failed'
          ? strings.changedMeanwhile
          : undefined,
  });
  const rights = form.field('permissions');
  const permissions = permissionsOf(rights.value);
  /** What the server says of one of the rights stands above them. */
  const refused = Object.entries(form.errors).flatMap(([place, words]) => (place.startsWith('permissions/') && words ? [words] : []));
  return (
    <form class="role-form" noValidate onSubmit={form.onSubmit} aria-label={role?.name ?? strings.newTitle}>
      <div class="role-fields">
        <section class="role-part" aria-labelledby="role-details">
          <h2 id="role-details">{strings.details}</h2>
          <TextField {...form.field('name')} label={strings.name} autocomplete="off" autofocus={!role} />
          <LongTextField {...form.field('description')} label={strings.description} hint={strings.descriptionHint} rows={2} optional />
          {!role && (
            <Select
              label={strings.beginWith}
              hint={strings.beginWithHint}
              value={model}
              options={[
                { value: NOTHING, label: strings.nothing, hint: strings.nothingHint },
                // What goes beyond oneself is no beginning: it could not be given.
                ...models.map(({ permissions: those, hint, ...option }) => {
                  const disabled = !desk.mayGive(chosenOf(those));
                  return { ...option, disabled, hint: disabled ? strings.beyond : hint };
                }),
              ]}
              onchange={(value) => {
                setModel(value);
                rights.oninput(JSON.stringify(chosenOf(rightsOf(value))));
              }}
            />
          )}
        </section>
        <section class="role-part" aria-labelledby="role-rights">
          <h2 id="role-rights">{strings.rights}</h2>
          <p class="role-explanation">{strings.rightsExplanation}</p>
          {[...(rights.error === undefined ? [] : [rights.error]), ...refused].map((words) => (
            <p key={words} class="notice notice-bad" role="alert">
              {words}
            </p>
          ))}
          <RightsFields permissions={permissions} onchange={(next) => rights.oninput(JSON.stringify(next))} />
        </section>
      </div>
      <RolePreview permissions={permissions} />
      <div class="role-end">
        {role && role.id === desk.user.role && <p class="notice">{strings.ownRole}</p>}
        <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
        <div class="role-actions">
          <Button kind="primary" type="submit" busy={form.busy}>
            {role ? strings.save : strings.create}
          </Button>
          <Button onClick={oncancel}>{strings.cancel}</Button>
        </div>
      </div>
    </form>
  );
}
