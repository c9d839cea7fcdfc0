import { useState } from 'preact/hooks';
import { TextField } from '../ui/text-field.tsx';
import { SessionForm } from './form.tsx';
import type { Session } from './session.ts';
import { useSubmission } from './submission.ts';

/** The rules of `SetupRequest`, in docs/API.md: told before the server has to. */
const rules = {
  setupToken: (value: string) => (value.trim() === '' ? 'Enter the set-up token.' : undefined),
  name: (value: string) => {
    const length = [...value.trim()].length;
    return length >= 1 && length <= 100 ? undefined : 'Enter a name of at most 100 characters.';
  },
  email: (value: string) =>
    /^[^\s@]+@[^\s@]+$/.test(value.trim()) ? undefined : 'Enter an e-mail address, like ada@example.com.',
  password: (value: string) => {
    const length = [...value].length;
    if (length < 10) {
      return `The password needs at least 10 characters; it has ${length}.`;
    }
    return length <= 200 ? undefined : `The password may have at most 200 characters; it has ${length}.`;
  },
};

type Details = Record<keyof typeof rules, string>;

export function SetUp({ session, token }: { session: Session; token: string | undefined }) {
  const [details, setDetails] = useState<Details>({ setupToken: token ?? '', name: '', email: '', password: '' });
  const [checked, setChecked] = useState(false);
  const submission = useSubmission();
  const names = Object.keys(rules) as (keyof Details)[];
  const field = (name: keyof Details) => ({
    name,
    value: details[name],
    oninput: (value: string) => setDetails({ ...details, [name]: value }),
    error: checked ? rules[name](details[name]) : undefined,
  });
  return (
    <SessionForm
      title="Set up Voxora"
      introduction="Make the first account. It belongs to an administrator: that is you."
      action="Create account"
      submission={submission}
      check={() => {
        setChecked(true);
        return names.every((name) => rules[name](details[name]) === undefined);
      }}
      send={() =>
        session.setUp({
          setupToken: details.setupToken.trim(),
          name: details.name.trim(),
          email: details.email.trim(),
          password: details.password,
        })
      }
    >
      {token === undefined && (
        <TextField
          {...field('setupToken')}
          label="Set-up token"
          autocomplete="off"
          hint="The secret SETUP_TOKEN of this deployment. The set-up link contains it."
          autofocus
        />
      )}
      <TextField
        {...field('name')}
        label="Your name"
        autocomplete="name"
        hint="Visitors and colleagues see it."
        autofocus
      />
      <TextField {...field('email')} label="E-mail address" type="email" autocomplete="username" />
      <TextField
        {...field('password')}
        label="Password"
        type="password"
        autocomplete="new-password"
        hint="At least 10 characters. A few unrelated words make a good one."
      />
    </SessionForm>
  );
}
