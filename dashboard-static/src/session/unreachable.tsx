/**
 * The server could not be asked who is signed in. Asks again every few seconds, as soon as the network is back, and when
 * told to.
 */
import { useEffect } from 'preact/hooks';
import { explain } from '../data/explain.ts';
import { strings } from '../strings/session.ts';
import { Button } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';
import type { Session } from './session.ts';

const RETRY_MS = 10_000;

export function Unreachable({ session, error }: { session: Session; error: unknown }) {
  useEffect(() => {
    const retry = () => void session.start({ quietly: true });
    const timer = setInterval(retry, RETRY_MS);
    addEventListener('online', retry);
    return () => {
      clearInterval(timer);
      removeEventListener('online', retry);
    };
  }, [session]);
  return (
    <main class="session">
      <div class="session-card">
        <Logo />
        <h1>{strings.noConnection}</h1>
        <p role="alert">{explain(error)}</p>
        <Button kind="primary" onClick={() => void session.start()}>
          {strings.tryAgain}
        </Button>
      </div>
    </main>
  );
}
