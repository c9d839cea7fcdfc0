import { useForm } from '../data/use-form.ts';
import { strings } from '../strings/session.ts';
import { TextField } from '../ui/text-field.tsx';
import { SHORTEST_PASSWORD, setupRules } from './rules.ts';
import { SessionForm } from './session-form.tsx';
import type { Session } from './session.ts';

export function SetUp({ session, token }: { session: Session; token: string | undefined }) {
  const form = useForm({
    values: { setupToken: token ?? '', name: '', email: '', password: '' },
    rules: setupRules,
    send: ({ setupToken, name, email, password }) =>
      session.setUp({ setupToken: setupToken.trim(), name: name.trim(), email: email.trim(), password }),
  });
  return (
    <SessionForm title={strings.setUp} introduction={strings.setUpExplanation} action={strings.createAccount} form={form}>
      {token === undefined && (
        <TextField {...form.field('setupToken')} label={strings.token} autocomplete="off" hint={strings.tokenHint} autofocus />
      )}
      <TextField {...form.field('name')} label={strings.name} autocomplete="name" hint={strings.nameHint} autofocus />
      <TextField {...form.field('email')} label={strings.email} type="email" autocomplete="username" />
      <TextField
        {...form.field('password')}
        label={strings.password}
        type="password"
        autocomplete="new-password"
        hint={strings.passwordHint(SHORTEST_PASSWORD)}
      />
    </SessionForm>
  );
}
