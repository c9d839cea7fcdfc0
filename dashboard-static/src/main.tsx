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

const setupToken = takeSetupToken();
const session = new Session();
void session.start();

const container = document.getElementById('app');
if (container) {
  render(<App session={session} setupToken={setupToken} />, container);
}
