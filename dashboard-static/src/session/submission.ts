/**
 * A form on its way to the server: sent once at a time, and when it was refused, why, and when to try again.
 */
import { useState } from 'preact/hooks';
import { ApiError } from '@client/api.js';
import { explain } from '../ui/explain.ts';
import { useSecondsUntil } from '../ui/time.ts';

export interface Submission {
  busy: boolean;
  error: string | undefined;
  /** How long the server wants to be left alone, in seconds. */
  wait: number;
  submit(send: () => Promise<void>): Promise<void>;
}

export function useSubmission(): Submission {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const [waitUntil, setWaitUntil] = useState<number>();
  return {
    busy,
    error,
    wait: useSecondsUntil(waitUntil),
    async submit(send) {
      setBusy(true);
      setError(undefined);
      setWaitUntil(undefined);
      try {
        await send();
      } catch (failure) {
        setError(explain(failure));
        if (failure instanceof ApiError && failure.retryAfterMs !== undefined) {
          setWaitUntil(Date.now() + failure.retryAfterMs);
        }
      }
      setBusy(false);
    },
  };
}
