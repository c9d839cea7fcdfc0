import { useState } from 'preact/hooks';
import { TextField } from '../ui/text-field.tsx';
import { SessionForm } from './form.tsx';
import type { Session, SignedOutBecause } from './session.ts';
import { useSubmission } from './submission.ts';

const INTRODUCTIONS: Readonly<Record<SignedOutBecause, string | undefined>> = {
  'no-session': undefined,
  'signed-out': 'You are signed out.',
  'session-ended': 'Your session has ended. Sign in to go on where you were; what you have written is kept.',
  'already-set-up': 'This deployment is set up already. Sign in with your account.',
};

export function SignIn({ session, because }: { session: Session; because: SignedOutBecause }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [checked, setChecked] = useState(false);
  const submission = useSubmission();
  return (
    <SessionForm
      title="Sign in"
      introduction={INTRODUCTIONS[because]}
      action="Sign in"
      submission={submission}
      check={() => {
        setChecked(true);
        return email.trim() !== '' && password !== '';
      }}
      send={() => session.signIn({ email: email.trim(), password })}
    >
      <TextField
        label="E-mail address"
        name="email"
        type="email"
        autocomplete="username"
        autofocus
        value={email}
        oninput={setEmail}
        error={checked && email.trim() === '' ? 'Enter your e-mail address.' : undefined}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autocomplete="current-password"
        value={password}
        oninput={setPassword}
        error={checked && password === '' ? 'Enter your password.' : undefined}
      />
    </SessionForm>
  );
}
