/**
 * The server could not be asked who is signed in. Asks again every few seconds, as soon as the network is back, and when
 * told to.
 */
import { useEffect } from 'preact/hooks';
import { explain } from '../ui/explain.ts';
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
        <h1>No connection</h1>
        <p role="alert">{explain(error)}</p>
        <button type="button" class="button button-primary" onClick={() => void session.start()}>
          Try again
        </button>
      </div>
    </main>
  );
}
