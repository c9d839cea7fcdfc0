/** Another password, by the link that was mailed for it. It signs nobody in. */
import { ApiError } from '@client/api.js';
import { useState } from 'preact/hooks';
import { useForm } from '../data/use-form.ts';
import { strings } from '../strings/session.ts';
import { TextField } from '../ui/text-field.tsx';
import { toast } from '../ui/toast.tsx';
import { SpentLink, type LinkPage } from './link-page.tsx';
import { SHORTEST_PASSWORD, accountRules } from './rules.ts';
import { SessionForm } from './session-form.tsx';

export function ResetPassword({ session, token, ondone }: LinkPage) {
  const [spent, setSpent] = useState(token === '');
  const form = useForm(
    {
      values: { password: '' },
      rules: { password: accountRules.password },
      send: async ({ password }) => {
        try {
          await session.resetPassword(token, password);
        } catch (error) {
          setSpent(error instanceof ApiError && error.code === 'link_spent');
          throw error;
        }
      },
    },
    () => {
      if (session.state.phase === 'signed-in') {
        toast(strings.passwordIsReset, { tone: 'good' });
      }
      ondone();
    },
  );
  if (spent) {
    return <SpentLink session={session} title={strings.linkSpent} explanation={strings.resetSpentExplanation} ondone={ondone} />;
  }
  return (
    <SessionForm title={strings.resetTitle} introduction={strings.resetExplanation} action={strings.setPassword} form={form}>
      <TextField
        {...form.field('password')}
        label={strings.newPassword}
        type="password"
        autocomplete="new-password"
        hint={strings.passwordHint(SHORTEST_PASSWORD)}
        autofocus
      />
    </SessionForm>
  );
}
