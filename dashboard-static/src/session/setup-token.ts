/**
 * Takes the set-up token out of the address, `#setup=TOKEN`, before anything else runs. Promises that it is gone from
 * the address bar and from the history entry at once: it must not end up in a bookmark or a screenshot.
 */
export function takeSetupToken(): string | undefined {
  const match = /^#setup=(.*)$/.exec(location.hash);
  if (!match) {
    return undefined;
  }
  history.replaceState(history.state, '', location.pathname + location.search);
  try {
    return decodeURIComponent(match[1] ?? '');
  } catch {
    // Not what the link was meant to say; the form asks for it.
    return undefined;
  }
}
