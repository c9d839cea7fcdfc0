/**
 * One's own account: what one is called and told of, how one signs in, and where one is signed in.
 */
import type { User } from '@wire';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/account.ts';
import { Button } from '../../ui/button.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { useSource } from '../../ui/use-source.ts';
import { ChangeEmail } from './change-email.tsx';
import { NotificationChoices } from './notification-choices.tsx';
import { PasswordForm } from './password-form.tsx';
import { ProfileForm } from './profile-form.tsx';
import { signInsOf } from './session-list.ts';
import { SessionTable } from './session-table.tsx';
import './account.css';

export default function AccountScreen() {
  const desk = useDesk();
  const [sessions] = useState(() => signInsOf(desk.ask));
  const [changesEmail, setChangesEmail] = useState(false);
  const { loaded, failure, load } = useOwnAccount();
  const user = useUser();
  return (
    <main class="account" tabIndex={-1}>
      <header class="account-head">
        <h1>{strings.title}</h1>
        <p>{strings.introduction}</p>
      </header>
      {failure !== undefined ? (
        <div class="load-more" role="alert">
          <p>
            {strings.failed} {explain(failure)}
          </p>
          <Button onClick={load}>{strings.tryAgain}</Button>
        </div>
      ) : !loaded ? (
        <Skeletons label={strings.loading}>
          {[34, 52, 41].map((width) => (
            <div key={width} class="account-skeleton">
              <Skeleton width={width} />
            </div>
          ))}
        </Skeletons>
      ) : (
        <>
          <Part title={strings.profile}>
            <ProfileForm />
          </Part>
          <Part title={strings.notifications} explanation={strings.notificationsExplanation}>
            <NotificationChoices />
          </Part>
          <Part title={strings.email}>
            <div class="account-line">
              <p>{strings.signInAs(user.email)}</p>
              <Button onClick={() => setChangesEmail(true)}>{strings.changeEmail}</Button>
            </div>
          </Part>
          <Part title={strings.password} explanation={strings.passwordExplanation}>
            <PasswordForm onchanged={() => void sessions.refresh()} />
          </Part>
        </>
      )}
      <Part title={strings.sessions} explanation={strings.sessionsExplanation}>
        <SessionTable sessions={sessions} />
      </Part>
      {changesEmail && <ChangeEmail onclose={() => setChangesEmail(false)} />}
    </main>
  );
}

function Part({ title, explanation, children }: { title: string; explanation?: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="account-part" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {explanation !== undefined && <p class="account-explanation">{explanation}</p>}
      {children}
    </section>
  );
}

/** Who is signed in, as the session has them; shown again when they change. */
function useUser(): User {
  const desk = useDesk();
  useSource(desk.session);
  return desk.user;
}

/** Reads one's account anew: what the session has of it is from when it was last renewed. */
function useOwnAccount() {
  const { ask, session } = useDesk();
  const [loaded, setLoaded] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const load = () => {
    setFailure(undefined);
    ask('GET /api/v1/auth/me').then((user) => {
      session.know(user);
      setLoaded(true);
    }, setFailure);
  };
  useEffect(load, [ask]);
  return { loaded, failure, load };
}
