/**
 * Joining the team by an invitation's link. It is for one address, whoever is signed in in this browser; opening it uses
 * nothing up, pressing the button does.
 */
import { ApiError } from '@client/api.js';
import type { InvitationSeen } from '@wire';
import { useEffect, useState } from 'preact/hooks';
import { explain } from '../data/explain.ts';
import { useForm } from '../data/use-form.ts';
import { strings } from '../strings/session.ts';
import { Button } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';
import { TextField } from '../ui/text-field.tsx';
import { useSource } from '../ui/use-source.ts';
import { SpentLink, WhosePassword, type LinkPage } from './link-page.tsx';
import { SHORTEST_PASSWORD, accountRules } from './rules.ts';
import { SessionForm } from './session-form.tsx';

const isOver = (error: unknown) => error instanceof ApiError && error.code === 'invitation_over';

export function AcceptInvitation({ session, token, ondone }: LinkPage) {
  const [seen, setSeen] = useState<InvitationSeen>();
  const [failure, setFailure] = useState<unknown>();
  const look = () => {
    setFailure(undefined);
    session.seeInvitation(token).then(setSeen, setFailure);
  };
  useEffect(look, [token]);
  if (isOver(failure)) {
    return <SpentLink session={session} title={strings.invitationOver} explanation={strings.invitationOverExplanation} ondone={ondone} />;
  }
  if (seen) {
    return <Join session={session} token={token} seen={seen} onover={setFailure} ondone={ondone} />;
  }
  return (
    <main class="session">
      <div class="session-card">
        <Logo />
        <h1>{strings.joinTitle}</h1>
        {failure === undefined ? (
          <p role="status">{strings.looking}</p>
        ) : (
          <>
            <p role="alert">
              {strings.notLooked} {explain(failure)}
            </p>
            <Button kind="primary" onClick={look}>
              {strings.tryAgain}
            </Button>
          </>
        )}
      </div>
    </main>
  );
}

interface JoinProps extends LinkPage {
  seen: InvitationSeen;
  onover(failure: unknown): void;
}

function Join({ session, token, seen: { email, invitedBy }, onover, ondone }: JoinProps) {
  const state = useSource(session);
  const form = useForm(
    {
      values: { name: '', password: '' },
      rules: { name: accountRules.name, password: accountRules.password },
      send: async ({ name, password }) => {
        try {
          await session.join({ token, name: name.trim(), password, ...ownPlace() });
        } catch (error) {
          if (isOver(error)) {
            onover(error);
          }
          throw error;
        }
      },
      refusal: (error) => (error instanceof ApiError && error.code === 'duplicate_key' ? strings.addressTaken : undefined),
    },
    ondone,
  );
  return (
    <SessionForm title={strings.joinTitle} introduction={strings.joinExplanation(invitedBy, email)} action={strings.join} form={form}>
      {state.phase === 'signed-in' && <p class="notice">{strings.joinInstead(state.user.name)}</p>}
      <WhosePassword email={email} />
      <TextField {...form.field('name')} label={strings.name} autocomplete="name" hint={strings.nameHint} autofocus />
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

/** What the browser knows of who uses it, as far as that is something the server knows, too. */
function ownPlace(): { language?: string; timeZone?: string } {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const language = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(navigator.language) ? navigator.language : undefined;
  return { ...(language !== undefined && { language }), ...(timeZone.includes('/') && { timeZone }) };
}
