import { ApiError } from '@client/api.js';
import { useId } from 'preact/hooks';
import { useForm } from '../../data/use-form.ts';
import { accountRules } from '../../session/rules.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/account.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';

/** Asks for another address: it is one's own once the link that goes there was opened. */
export function ChangeEmail({ onclose }: { onclose(): void }) {
  const { ask } = useDesk();
  const id = useId();
  const form = useForm(
    {
      values: { email: '', currentPassword: '' },
      rules: {
        email: accountRules.email,
        currentPassword: (value) => (value === '' ? strings.currentMissing : undefined),
      },
      send: async ({ email, currentPassword }) => {
        await ask('POST /api/v1/auth/email', { body: { email: email.trim(), currentPassword } });
        toast(strings.linkSent(email.trim()), { tone: 'good' });
      },
      refusal: (error) =>
        error instanceof ApiError && error.code === 'mail_not_set_up'
          ? strings.noMail
          : error instanceof ApiError && error.code === 'duplicate_key'
            ? { email: strings.emailTaken }
            : undefined,
    },
    () => document.getElementById(id)?.closest('dialog')?.close(),
  );
  return (
    <Dialog
      title={strings.changeEmailTitle}
      explanation={strings.changeEmailExplanation}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          <Button kind="primary" type="submit" form={id} busy={form.busy} disabled={form.wait > 0}>
            {strings.sendLink}
          </Button>
        </>
      )}
    >
      <form class="account-form" id={id} noValidate onSubmit={form.onSubmit}>
        <TextField {...form.field('email')} label={strings.newEmail} type="email" autocomplete="email" />
        <TextField {...form.field('currentPassword')} label={strings.currentPassword} type="password" autocomplete="current-password" />
        <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
      </form>
    </Dialog>
  );
}
