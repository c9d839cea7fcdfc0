/** Of several connections, the one to speak of. */
import type { ConnectionState } from '@client/connection.js';

const RANK: readonly ConnectionState['name'][] = ['idle', 'live', 'connecting', 'waiting', 'offline', 'stopped'];

export function worst(states: readonly ConnectionState[]): ConnectionState {
  return states.reduce((one, other) => (RANK.indexOf(other.name) > RANK.indexOf(one.name) ? other : one), {
    name: 'idle',
  });
}
