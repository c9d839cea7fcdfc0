/**
 * What there is to see, by who is signed in.
 */
import { useEffect } from 'preact/hooks';
import type { Session } from './session/session.ts';
import { SetUp } from './session/set-up.tsx';
import { SignIn } from './session/sign-in.tsx';
import { Unreachable } from './session/unreachable.tsx';
import { Shell } from './shell/shell.tsx';
import { strings } from './strings/shell.ts';
import { useSource } from './ui/use-source.ts';
import './session/session.css';

export function App({ session, setupToken }: { session: Session; setupToken: string | undefined }) {
  const state = useSource(session);
  useEffect(() => {
    if (state.phase !== 'signed-in') {
      document.title = state.phase === 'set-up' ? strings.setUpTitle : strings.product;
    }
  }, [state.phase]);
  switch (state.phase) {
    case 'starting':
      return <Starting />;
    case 'unreachable':
      return <Unreachable session={session} error={state.error} />;
    case 'set-up':
      return <SetUp session={session} token={setupToken} />;
    case 'signed-out':
      return <SignIn session={session} because={state.because} />;
    case 'signed-in':
      // Everything below belongs to one person and what they may do: where either is another, it begins afresh.
      return <Shell key={[state.user.id, ...state.permissions, ...state.user.departments].join()} session={session} {...state} />;
  }
}

/** Almost never seen: only a slow network makes it visible. */
function Starting() {
  return (
    <main class="starting">
      <p role="status">{strings.starting}</p>
    </main>
  );
}
