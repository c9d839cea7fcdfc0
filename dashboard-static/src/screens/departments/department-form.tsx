import { ApiError } from '@client/api.js';
import type { Department } from '@wire';
import { useEffect, useState } from 'preact/hooks';
import { useForm } from '../../data/use-form.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/departments.ts';
import { strings as queue } from '../../strings/queue.ts';
import { Button } from '../../ui/button.tsx';
import { ColourChoice } from '../../ui/colour-choice.tsx';
import { Checkbox } from '../../ui/switch.tsx';
import { LongTextField, TextField } from '../../ui/text-field.tsx';
import { PolicyFields, Part } from '../queue/policy-fields.tsx';
import { draftOf, read, usualPolicy, written as policyWritten } from '../queue/policy.ts';
import { changesOf, createOf, departmentRules, hoursOf, valuesOf, written } from './department-values.ts';
import { usualHours } from './hours.ts';
import { HoursEditor } from './hours-editor.tsx';

interface Props {
  department: Department | undefined;
  /** Called with the department as it is once it is saved. */
  onsaved(department: Department): void;
  oncancel(): void;
  /** Told whether there is something here that is not saved. */
  onunsaved(unsaved: boolean): void;
}

/** Makes a department, or changes one: what it is, and when somebody is there. */
export function DepartmentForm({ department, onsaved, oncancel, onunsaved }: Props) {
  const { departments } = useDesk();
  const [shown] = useState(() => valuesOf(department));
  const form = useForm({
    values: shown,
    rules: departmentRules,
    send: async (values) => {
      if (!department) {
        onsaved(await departments.active.create(createOf(values)));
        return;
      }
      // The version that is here now: after somebody else's change that is theirs, and it has been said.
      const now = departments.get(department.id) ?? department;
      const changes = changesOf(shown, values);
      onsaved(changes ? await departments.change(now, changes) : now);
    },
    refusal: (error) =>
      error instanceof ApiError && error.code === 'duplicate_key'
        ? { name: strings.nameTaken }
        : error instanceof ApiError && error.code === 'precondition_failed'
          ? strings.changedMeanwhile
          : undefined,
  });
  const unsaved = changesOf(shown, form.values) !== undefined;
  useEffect(() => onunsaved(unsaved), [unsaved]);
  const when = form.field('hours');
  const hours = hoursOf(when.value);
  const policy = form.field('policy');
  // What was set before the switch was turned is there again when it is turned back.
  const [before] = useState({ hours: hours ?? usualHours(Intl.DateTimeFormat().resolvedOptions().timeZone), policy: policy.value || policyWritten(draftOf(usualPolicy())) });
  return (
    <form class="department-form" noValidate onSubmit={form.onSubmit} aria-label={department?.name ?? strings.newTitle}>
      <section class="department-part" aria-labelledby="department-details">
        <h2 id="department-details">{strings.details}</h2>
        <div class="department-fields">
          <TextField {...form.field('name')} label={strings.name} autocomplete="off" autofocus={!department} />
          <ColourChoice {...form.field('color')} />
          <LongTextField {...form.field('description')} label={strings.description} hint={strings.descriptionHint} rows={2} optional />
        </div>
      </section>
      <section class="department-part" aria-labelledby="department-hours">
        <h2 id="department-hours">{strings.hours}</h2>
        <p class="department-explanation">{strings.hoursExplanation}</p>
        <Checkbox
          label={strings.alwaysOpen}
          hint={strings.alwaysOpenHint}
          checked={hours === undefined}
          onchange={(always) => {
            if (hours) {
              before.hours = hours;
            }
            when.oninput(always ? '' : written(before.hours));
          }}
        />
        {hours && (
          <HoursEditor
            hours={hours}
            errorAt={(pointer) => form.errors[`hours/${pointer}`]}
            onchange={(next) => when.oninput(written(next))}
          />
        )}
      </section>
      <Part title={queue.ofDepartment}>
        <Checkbox
          label={queue.asGeneral}
          hint={queue.asGeneralHint}
          checked={policy.value === ''}
          onchange={(general) => {
            before.policy = policy.value || before.policy;
            policy.oninput(general ? '' : before.policy);
          }}
        />
      </Part>
      {policy.value !== '' && (
        <PolicyFields
          of={department?.id}
          policy={read(policy.value)}
          errorAt={(pointer) => form.errors[`policy/${pointer}`]}
          onchange={(next) => policy.oninput(policyWritten(next))}
        />
      )}
      <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
      <div class="department-actions">
        <Button kind="primary" type="submit" busy={form.busy}>
          {department ? strings.save : strings.create}
        </Button>
        <Button onClick={oncancel}>{strings.cancel}</Button>
      </div>
    </form>
  );
}
