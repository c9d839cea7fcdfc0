import { ApiError } from '@client/api.js';
import { newClientId } from '@client/outbox.js';
import type { SentInvitation } from '@wire';
import { useId, useState } from 'preact/hooks';
import { useForm } from '../../data/use-form.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/people.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { invite } from './people-list.ts';
import { apart, inviteRules } from './people-rules.ts';
import { DepartmentsField, RoleField } from './role-and-departments.tsx';

/** Invites somebody; what was sent is handed over, link and all. */
export function InviteForm({ onsent, onclose }: { onsent(sent: SentInvitation): void; onclose(): void }) {
  const { ask } = useDesk();
  const id = useId();
  const [key] = useState(() => new KeyOf());
  const form = useForm({
    values: { email: '', role: 'agent', departments: '' },
    rules: inviteRules,
    send: async ({ email, role, departments }) => {
      const body = { email: email.trim(), role, departments: apart(departments) };
      onsent(await invite(ask, body, key.of(JSON.stringify(body))));
    },
    refusal: (error) => (error instanceof ApiError && error.code === 'duplicate_key' ? { email: strings.emailTaken } : undefined),
  });
  return (
    <Dialog
      title={strings.inviteTitle}
      explanation={strings.inviteExplanation}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          <Button kind="primary" type="submit" form={id} busy={form.busy}>
            {strings.sendInvitation}
          </Button>
        </>
      )}
    >
      <form class="people-form" id={id} noValidate onSubmit={form.onSubmit}>
        <TextField {...form.field('email')} label={strings.email} type="email" autocomplete="off" />
        <RoleField {...form.field('role')} />
        <DepartmentsField {...form.field('departments')} present={[]} />
        <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
      </form>
    </Dialog>
  );
}

/** The same invitation goes by the same name, should an answer be lost; another one does not. */
class KeyOf {
  #last: { what: string; key: string } | undefined;

  of(what: string): string {
    if (this.#last?.what !== what) {
      this.#last = { what, key: newClientId() };
    }
    return this.#last.key;
  }
}
