/**
 * What there is to see, by who is signed in; before that, what a link was opened for.
 */
import type { Store } from '@client/observable.js';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { AcceptInvitation } from './session/accept-invitation.tsx';
import { ConfirmEmail } from './session/confirm-email.tsx';
import type { LinkPage } from './session/link-page.tsx';
import type { Link } from './session/link.ts';
import { ResetPassword } from './session/reset-password.tsx';
import type { Session } from './session/session.ts';
import { SetUp } from './session/set-up.tsx';
import { SignIn } from './session/sign-in.tsx';
import { Unreachable } from './session/unreachable.tsx';
import { Shell } from './shell/shell.tsx';
import { strings } from './strings/shell.ts';
import { useSource } from './ui/use-source.ts';
import './session/session.css';

export function App({ session, link }: { session: Session; link: Store<Link | undefined> }) {
  const state = useSource(session);
  const opened = useSource(link);
  const linkPage = opened && LINK_PAGES[opened.kind];
  useEffect(() => {
    if (state.phase !== 'signed-in' || linkPage) {
      document.title = state.phase === 'set-up' ? strings.setUpTitle : strings.product;
    }
  }, [state.phase, linkPage]);
  if (opened && linkPage && state.phase !== 'set-up') {
    const Page = linkPage;
    return <Page key={opened.token} session={session} token={opened.token} ondone={() => link.set(undefined)} />;
  }
  switch (state.phase) {
    case 'starting':
      return <Starting />;
    case 'unreachable':
      return <Unreachable session={session} error={state.error} />;
    case 'set-up':
      return <SetUp session={session} token={opened?.kind === 'setup' && opened.token !== '' ? opened.token : undefined} />;
    case 'signed-out':
      return <SignIn session={session} because={state.because} />;
    case 'signed-in':
      // Everything below belongs to one person and what they may do: where either is another, it begins afresh.
      return <Shell key={[state.user.id, ...state.permissions, ...state.user.departments].join()} session={session} {...state} />;
  }
}

/** What a link is opened for, whoever is signed in. */
const LINK_PAGES: Partial<Record<Link['kind'], ComponentType<LinkPage>>> = {
  invitation: AcceptInvitation,
  reset: ResetPassword,
  email: ConfirmEmail,
};

/** Almost never seen: only a slow network makes it visible. */
function Starting() {
  return (
    <main class="starting">
      <p role="status">{strings.starting}</p>
    </main>
  );
}
