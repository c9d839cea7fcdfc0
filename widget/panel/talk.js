/**
 * What a conversation needs and a first message doesn't: its client, the list of messages and what can be done with
 * them, who is in it, and the conversations beside it. It is loaded
 * while the person reads the greeting, or at once when there is a conversation to come back to.
 */
import { element } from './dom.js';

export { ConversationClient } from '../client/conversation.js';
export { openMenu } from './menu.js';
export { Messages } from './messages.js';
export { openPast } from './past.js';
export { showPeople } from './people.js';

const STYLE_TIMEOUT = 3_000;
const style = element('link', { rel: 'stylesheet', href: 'talk.css' });

/** Until its style is there, what is loaded here is not to be seen. Without it, it can still be read. */
export const styled = new Promise((resolve) => {
  style.onload = style.onerror = resolve;
  setTimeout(resolve, STYLE_TIMEOUT);
  document.head.append(style);
});
