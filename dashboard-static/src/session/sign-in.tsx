import { useState } from 'preact/hooks';
import { useForm } from '../data/use-form.ts';
import { strings } from '../strings/session.ts';
import { TextField } from '../ui/text-field.tsx';
import { ForgotPassword } from './forgot-password.tsx';
import { SessionForm } from './session-form.tsx';
import type { Session, SignedOutBecause } from './session.ts';

export function SignIn({ session, because }: { session: Session; because: SignedOutBecause }) {
  const [forgot, setForgot] = useState(false);
  const form = useForm({
    values: { email: '', password: '' },
    rules: {
      email: (value) => (value.trim() === '' ? strings.emailMissing : undefined),
      password: (value) => (value === '' ? strings.passwordMissing : undefined),
    },
    send: ({ email, password }) => session.signIn({ email: email.trim(), password }),
  });
  if (forgot) {
    return <ForgotPassword session={session} email={form.values.email} onback={() => setForgot(false)} />;
  }
  return (
    <SessionForm
      title={strings.signIn}
      introduction={strings.because[because]}
      action={strings.signIn}
      form={form}
      below={
        <button type="button" class="quiet-button" onClick={() => setForgot(true)}>
          {strings.forgot}
        </button>
      }
    >
      <TextField {...form.field('email')} label={strings.email} type="email" autocomplete="username" autofocus />
      <TextField {...form.field('password')} label={strings.password} type="password" autocomplete="current-password" />
    </SessionForm>
  );
}
