/**
 * The entry: takes the set-up token out of the address before anything can see it there, then shows the dashboard.
 */
import { render } from 'preact';
import { App } from './app.tsx';
import { Session } from './session/session.ts';
import { takeSetupToken } from './session/setup-token.ts';
import './ui/tokens.css';
import './ui/base.css';
import './ui/ui.css';
import './session/session.css';
import './desk.css';
import './inbox/inbox.css';
import './conversation/conversation.css';

const container = document.getElementById('app');
if (__COMPONENTS__ && location.hash.startsWith('#/ui')) {
  // Components need neither a server nor a person.
  void import('./screens/ui/components-page.tsx').then(({ ComponentsPage }) => container && render(<ComponentsPage />, container));
} else {
  start();
}

function start() {
  const setupToken = takeSetupToken();
  const session = new Session();
  void session.start();
  if (container) {
    render(<App session={session} setupToken={setupToken} />, container);
  }
}
