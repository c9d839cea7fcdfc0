/**
 * What to tell a person when a request failed. Promises a sentence that says what happened and what to do, and never a
 * code or a stack; where only the server's operator can help, the request id to give them.
 */
import { ApiError } from '@client/api.js';

export function explain(error: unknown): string {
  if (error instanceof ApiError) {
    return explainRefusal(error);
  }
  if (!navigator.onLine) {
    return 'You are offline. Check your network and try again.';
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return 'The server is taking too long to answer. Try again in a moment.';
  }
  return 'The server cannot be reached. Try again in a moment.';
}

function explainRefusal(error: ApiError): string {
  switch (error.code) {
    case 'wrong_credentials':
      return 'The e-mail address or the password is wrong.';
    case 'wrong_setup_token':
      return 'This is not the set-up token of this deployment. Check it and try again.';
    case 'rate_limited':
      return `Too many attempts. ${patience(error.retryAfterMs)}`;
    case 'misconfigured':
      return `This deployment is not configured completely. ${sentence(error.message)}`;
    case 'precondition_failed':
      return 'Somebody has changed it meanwhile. Look at it as it is now, and try again.';
    case 'duplicate_key':
      return 'There is one of this name already.';
    case 'last_admin':
      return 'There would be no admin left who can sign in. Make somebody else an admin first.';
    case 'not_found':
      return 'It is gone: somebody has deleted it.';
    case 'conversation_closed':
      return 'This conversation is closed and cannot be changed any more.';
  }
  if (error.status >= 500) {
    const reference = error.requestId === undefined ? '' : ` If it stays so, report this request: ${error.requestId}.`;
    return `The server has a problem. Try again in a moment.${reference}`;
  }
  return sentence(error.message);
}

function patience(milliseconds: number | undefined): string {
  if (milliseconds === undefined) {
    return 'Wait a moment and try again.';
  }
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds === 1 ? 'Try again in a second.' : `Try again in ${seconds} seconds.`;
}

/** The server's own words, which begin in lower case and have no full stop. */
function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
