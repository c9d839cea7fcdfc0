import { useState } from 'preact/hooks';
import { NAME_CHARACTERS, PASSWORD_CHARACTERS } from '../../../domain/bindings/wire-values.js';
import { TextField } from '../ui/text-field.tsx';
import { SessionForm } from './form.tsx';
import type { Session } from './session.ts';
import { useSubmission } from './submission.ts';

const [SHORTEST, LONGEST] = PASSWORD_CHARACTERS;

/** The rules of `SetupRequest`, in docs/API.md: told before the server has to. */
const rules = {
  setupToken: (value: string) => (value.trim() === '' ? 'Enter the set-up token.' : undefined),
  name: (value: string) => {
    const length = [...value.trim()].length;
    return length >= 1 && length <= NAME_CHARACTERS ? undefined : `Enter a name of at most ${NAME_CHARACTERS} characters.`;
  },
  email: (value: string) =>
    /^[^\s@]+@[^\s@]+$/.test(value.trim()) ? undefined : 'Enter an e-mail address, like ada@example.com.',
  password: (value: string) => {
    const length = [...value].length;
    if (length < SHORTEST) {
      return `The password needs at least ${SHORTEST} characters; it has ${length}.`;
    }
    return length <= LONGEST ? undefined : `The password may have at most ${LONGEST} characters; it has ${length}.`;
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
        hint={`At least ${SHORTEST} characters. A few unrelated words make a good one.`}
      />
    </SessionForm>
  );
}
