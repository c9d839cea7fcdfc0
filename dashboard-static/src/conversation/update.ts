/**
 * Changes of a conversation's status and assignment. They go over REST, since they are for the server to decide on; what
 * came of them arrives as an event, like everyone else's.
 */
import { useState } from 'preact/hooks';
import { authorizedRequest } from '@client/api.js';
import type { UpdateConversationRequest } from '@wire';
import type { Session } from '../session/session.ts';
import { explain } from '../ui/explain.ts';

export interface ConversationUpdate {
  /** What is being changed, until the server has answered. */
  busy: boolean;
  error: string | undefined;
  send(change: UpdateConversationRequest): void;
}

export function useConversationUpdate(id: string, session: Session): ConversationUpdate {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const send = async (change: UpdateConversationRequest) => {
    if (busy) {
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      await authorizedRequest(session.token, `/api/v1/conversations/${id}`, { method: 'PATCH', body: change });
    } catch (failure) {
      setError(`Nothing was changed. ${explain(failure)}`);
    }
    setBusy(false);
  };
  return { busy, error, send };
}
