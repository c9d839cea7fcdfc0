/**
 * A link that lets somebody in: `#setup=TOKEN`, `#invitation=TOKEN`, `#reset=TOKEN`, `#email=TOKEN`. Promises that its token
 * is gone from the address bar and from the history entry before anything else can see it there, also where the link is
 * opened in a tab that shows the dashboard already: it must not end up in a bookmark or a screenshot.
 */
import { Store } from '@client/observable.js';

export interface Link {
  kind: 'setup' | 'invitation' | 'reset' | 'email';
  /** Empty where the link is not what it was meant to be; whoever asks for it is told so. */
  token: string;
}

/** Takes the link out of the address, if one is there. */
export function takeLink(): Link | undefined {
  const [, kind, token = ''] = /^#(setup|invitation|reset|email)=(.*)$/.exec(location.hash) ?? [];
  if (kind === undefined) {
    return undefined;
  }
  history.replaceState(history.state, '', location.pathname + location.search);
  return { kind: kind as Link['kind'], token: decoded(token) };
}

/** The link that was opened last, until what it is for is done. */
export function followLinks(): Store<Link | undefined> {
  const link = new Store<Link | undefined>(takeLink());
  addEventListener('hashchange', () => {
    const taken = takeLink();
    if (taken) {
      link.set(taken);
    }
  });
  return link;
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return '';
  }
}
