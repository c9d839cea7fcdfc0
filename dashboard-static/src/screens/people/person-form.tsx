import { ApiError } from '@client/api.js';
import type { User } from '@wire';
import { useId } from 'preact/hooks';
import { useForm } from '../../data/use-form.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/people.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import type { People } from './people-list.ts';
import { joined, personRules, updateOf } from './people-rules.ts';
import { DepartmentsField, RoleField } from './role-and-departments.tsx';

/** Changes somebody: their name, what they may do, and how much they are given. */
export function PersonForm({ people, user, onclose }: { people: People; user: User; onclose(): void }) {
  const desk = useDesk();
  const id = useId();
  const form = useForm(
    {
      values: { name: user.name, role: user.role, departments: joined(user.departments), capacity: String(user.capacity) },
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
        <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
      </form>
    </Dialog>
  );
}
