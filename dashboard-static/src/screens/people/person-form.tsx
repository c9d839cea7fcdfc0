import { ApiError } from '@client/api.js';
import type { User } from '@wire';
import { useId, useState } from 'preact/hooks';
import { useForm } from '../../data/use-form.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/people.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Checkbox } from '../../ui/switch.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { hoursOf, written } from '../departments/department-values.ts';
import { usualHours } from '../departments/hours.ts';
import { HoursEditor } from '../departments/hours-editor.tsx';
import type { People } from './people-list.ts';
import { personRules, updateOf, valuesOf } from './people-rules.ts';
import { DepartmentsField, RoleField, SkillsField } from './role-and-departments.tsx';

/** Changes somebody: their name, what they may do, how much of what they are given, and when. */
export function PersonForm({ people, user, onclose }: { people: People; user: User; onclose(): void }) {
  const desk = useDesk();
  const id = useId();
  const form = useForm(
    {
      values: valuesOf(user),
      rules: personRules,
      // The version that is here now: after somebody else's change that is theirs, and it has been said.
      send: async (values) => {
        const now = people.get(user.id) ?? user;
        const update = updateOf(now, values);
        if (update) {
          const saved = await people.change(now, update);
          desk.session.know(saved);
          toast(strings.saved(saved.name), { tone: 'good' });
        }
      },
      refusal: (error) => (error instanceof ApiError && error.code === 'precondition_failed' ? strings.changedMeanwhile : undefined),
    },
    () => document.getElementById(id)?.closest('dialog')?.close(),
  );
  const when = form.field('workingHours');
  const hours = hoursOf(when.value);
  // What was set before the box was unchecked is there again when it is checked.
  const [before] = useState({ hours: hours ?? usualHours(user.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone) });
  return (
    <Dialog
      title={strings.editTitle(user.name)}
      explanation={user.email}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          <Button kind="primary" type="submit" form={id} busy={form.busy}>
            {strings.save}
          </Button>
        </>
      )}
    >
      <form class="people-form" id={id} noValidate onSubmit={form.onSubmit}>
        <TextField {...form.field('name')} label={strings.name} hint={strings.nameHint} autocomplete="off" />
        <RoleField {...form.field('role')} hint={strings.roleChange} />
        <DepartmentsField {...form.field('departments')} present={user.departments} />
        <TextField {...form.field('capacity')} label={strings.capacity} hint={strings.capacityHint} autocomplete="off" />
        <SkillsField {...form.field('skills')} />
        <Checkbox
          label={strings.workingHours}
          hint={strings.workingHoursHint}
          checked={hours !== undefined}
          onchange={(fixed) => {
            before.hours = hours ?? before.hours;
            when.oninput(fixed ? written(before.hours) : '');
          }}
        />
        {hours && (
          <HoursEditor
            hours={hours}
            errorAt={(pointer) => form.errors[`workingHours/${pointer}`]}
            onchange={(next) => when.oninput(written(next))}
          />
        )}
        <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
      </form>
    </Dialog>
  );
}
