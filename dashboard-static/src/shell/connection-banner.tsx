/**
 * The one place that says how the connection is, in words, for the inbox and for the open conversation together: what is
 * worst is what counts. Nothing is said of a connection that is good, nor of one that takes a moment to be made.
 */
import type { ConnectionState } from '@client/connection.js';
import { useEffect, useState } from 'preact/hooks';
import { strings } from '../strings/shell.ts';
import { Button } from '../ui/button.tsx';
import { useSecondsUntil } from '../ui/time.ts';

/** How long making a connection may take before it is said. */
const PATIENCE_MS = 3_000;

export function ConnectionBanner({ state, onretry }: { state: ConnectionState; onretry(): void }) {
  const seconds = useSecondsUntil(state.name === 'waiting' ? state.nextAttemptAt : undefined);
  const isSlow = useLasting(state.name === 'connecting');
  const words = isSlow ? strings.connecting : trouble(state);
  return (
    <div class={words === undefined ? '' : 'connection'}>
      <p role="status">{words}</p>
      {state.name === 'waiting' && <span aria-hidden="true">{strings.againIn(seconds)}</span>}
      {(state.name === 'waiting' || state.name === 'stopped') && (
        <Button kind="quiet" size="small" onClick={onretry}>
          {strings.tryNow}
        </Button>
      )}
    </div>
  );
}

function trouble({ name }: ConnectionState): string | undefined {
  switch (name) {
    case 'waiting':
      return strings.notConnected;
    case 'offline':
      return strings.offline;
    case 'stopped':
      return strings.stopped;
    default:
      return undefined;
  }
}

/** Whether something has been so for a while. */
function useLasting(isSo: boolean): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    setLasts(false);
    const timer = isSo ? setTimeout(() => setLasts(true), PATIENCE_MS) : undefined;
    return () => clearTimeout(timer);
  }, [isSo]);
  return isSo && lasts;
}
