/**
 * The one place that says how the connection is, in words, for the inbox and for the open conversation together: what is
 * worst is what counts.
 */
import type { ConnectionState } from '@client/connection.js';
import { useSecondsUntil } from './ui/time.ts';

const RANK: readonly ConnectionState['name'][] = ['idle', 'live', 'connecting', 'waiting', 'offline', 'stopped'];

export function worst(states: readonly ConnectionState[]): ConnectionState {
  return states.reduce((one, other) => (RANK.indexOf(other.name) > RANK.indexOf(one.name) ? other : one), {
    name: 'idle',
  });
}

export function ConnectionStatus({ state, onretry }: { state: ConnectionState; onretry(): void }) {
  const seconds = useSecondsUntil(state.name === 'waiting' ? state.nextAttemptAt : undefined);
  return (
    <div class={`connection connection-${state.name}`}>
      <p role="status">
        <span class="connection-dot" aria-hidden="true" />
        {words(state)}
      </p>
      {state.name === 'waiting' && (
        <span class="connection-countdown" aria-hidden="true">
          {seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again…'}
        </span>
      )}
      {(state.name === 'waiting' || state.name === 'stopped') && (
        <button type="button" class="quiet-button" onClick={onretry}>
          Try now
        </button>
      )}
    </div>
  );
}

function words(state: ConnectionState): string {
  switch (state.name) {
    case 'live':
      return 'Connected';
    case 'idle':
    case 'connecting':
      return 'Connecting…';
    case 'waiting':
      return 'Not connected.';
    case 'offline':
      return 'You are offline. What you send is kept and goes out when you are back.';
    case 'stopped':
      return 'The server has ended the connection.';
  }
}
