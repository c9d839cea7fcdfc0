import { useState } from 'preact/hooks';
import { useForm } from '../../data/use-form.ts';
import { WhosePassword } from '../../session/link-page.tsx';
import { SHORTEST_PASSWORD, accountRules } from '../../session/rules.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/account.ts';
import { strings as words } from '../../strings/session.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';

/** Another password: once it holds, the form is empty again. */
export function PasswordForm({ onchanged }: { onchanged(): void }) {
  const [times, setTimes] = useState(0);
  return (
    <EmptyForm
      key={times}
      onchanged={() => {
        setTimes(times + 1);
        onchanged();
      }}
    />
  );
}

function EmptyForm({ onchanged }: { onchanged(): void }) {
  const { ask, user } = useDesk();
  const form = useForm(
    {
      values: { currentPassword: '', newPassword: '' },
      rules: {
        currentPassword: (value) => (value === '' ? strings.currentMissing : undefined),
        newPassword: accountRules.password,
      },
      send: async (body) => {
        await ask('POST /api/v1/auth/password', { body });
        toast(strings.passwordChanged, { tone: 'good' });
      },
    },
    onchanged,
  );
  return (
    <form class="account-form" noValidate onSubmit={form.onSubmit} aria-label={strings.password}>
      <WhosePassword email={user.email} />
      <TextField {...form.field('currentPassword')} label={strings.currentPassword} type="password" autocomplete="current-password" />
      <TextField
        {...form.field('newPassword')}
        label={strings.newPassword}
        type="password"
        autocomplete="new-password"
        hint={words.passwordHint(SHORTEST_PASSWORD)}
      />
      <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
      <Button kind="primary" type="submit" busy={form.busy} disabled={form.wait > 0}>
        {form.wait > 0 ? words.wait(form.wait) : strings.changePassword}
      </Button>
    </form>
  );
}
