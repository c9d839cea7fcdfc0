/**
 * The entry: takes the token of a link out of the address before anything can see it there, then shows the dashboard. The
 * screen that is addressed is loaded while the server is asked who is signed in.
 */
import { render } from 'preact';
import { App } from './app.tsx';
import { followLinks } from './session/link.ts';
import { Session } from './session/session.ts';
import { find } from './shell/router.ts';
import { preload } from './shell/screen-host.tsx';
import { SCREENS, type Screen } from './shell/screens.ts';
import './ui/tokens.css';
import './ui/base.css';
import './ui/ui.css';
import './shell/theme.ts';

const container = document.getElementById('app');
if (__COMPONENTS__ && location.hash.startsWith('#/ui')) {
  // Components need neither a server nor a person.
  void import('./screens/ui/components-page.tsx').then(({ ComponentsPage }) => container && render(<ComponentsPage />, container));
} else {
  start();
}

function start() {
  const link = followLinks();
  const session = new Session();
  void session.start(link.state?.kind === 'setup' ? { because: 'already-set-up' } : {});
  // Whoever shows it says what is wrong.
  preload(find<Screen>(SCREENS, location.hash)?.row ?? SCREENS[0]).catch(() => {});
  if (container) {
    render(<App session={session} link={link} />, container);
  }
}
