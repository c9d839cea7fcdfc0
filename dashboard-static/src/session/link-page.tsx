/** What the pages of links have in common: who shows one, and what it says when its link is good for nothing. */
import { strings } from '../strings/session.ts';
import { Button } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';
import { useSource } from '../ui/use-source.ts';
import type { Session } from './session.ts';

export interface LinkPage {
  session: Session;
  token: string;
  /** What the link is for is done, or cannot be done: on to whatever else there is. */
  ondone(): void;
}

interface Props {
  session: Session;
  title: string;
  explanation: string;
  ondone(): void;
}

export function SpentLink({ session, title, explanation, ondone }: Props) {
  const { phase } = useSource(session);
  return (
    <main class="session">
      <div class="session-card">
        <Logo />
        <h1>{title}</h1>
        <p role="alert">{explanation}</p>
        <Button kind="primary" onClick={ondone}>
          {phase === 'signed-in' ? strings.goOn : strings.toSignIn}
        </Button>
      </div>
    </main>
  );
}

/** For password managers: whose password it is that is chosen. */
export function WhosePassword({ email }: { email: string }) {
  return <input hidden type="email" name="username" autocomplete="username" value={email} readOnly />;
}
