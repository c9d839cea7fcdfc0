/** Asking for a link that resets a password. The answer says nothing about whose address it is. */
import { useState } from 'preact/hooks';
import { useForm } from '../data/use-form.ts';
import { strings } from '../strings/session.ts';
import { TextField } from '../ui/text-field.tsx';
import { accountRules } from './rules.ts';
import { SessionForm } from './session-form.tsx';
import type { Session } from './session.ts';

export function ForgotPassword({ session, email: written, onback }: { session: Session; email: string; onback(): void }) {
  const [answer, setAnswer] = useState<string>();
  const form = useForm({
    values: { email: written },
    rules: { email: accountRules.email },
    send: async ({ email }) => {
      const { mailed } = await session.forgotPassword(email.trim());
      setAnswer(mailed ? strings.linkSent(email.trim()) : strings.noMail);
    },
  });
  return (
    <SessionForm
      title={strings.forgotTitle}
      introduction={strings.forgotExplanation}
      action={strings.sendLink}
      form={form}
      below={
        <button type="button" class="quiet-button" onClick={onback}>
          {strings.backToSignIn}
        </button>
      }
    >
      <TextField {...form.field('email')} label={strings.email} type="email" autocomplete="username" autofocus />
      <div role="status">{answer !== undefined && <p class="notice">{answer}</p>}</div>
    </SessionForm>
  );
}
