/**
 * The panel: what a visitor sees and does. It makes no request and no connection before the loader says that it is
 * open, or that a conversation is to be watched for the badge. This file ties the parts together; `chat.js` is what
 * happens, `messages.js` and `composer.js` are how it looks.
 */
import { pageStorage } from '../client/storage.js';
import { Chat } from './chat.js';
import { Composer } from './composer.js';
import { Connectivity } from './connectivity.js';
import { element } from './dom.js';
import { Host } from './host.js';
import { Messages } from './messages.js';
import { Session } from './session.js';

const storage = pageStorage();
const chat = new Chat({ storage, session: new Session(storage) });

/** @param {string} selector @returns {any} */
const $ = (selector) => document.querySelector(selector);

// Opened by itself, not in a frame, the panel is a page like any other.
let isShown = parent === window;

const composer = new Composer($('form'), storage, {
  send(text) {
    chat.send(text);
    messages.toLatest();
  },
  edit: (seq, text) => chat.edit(seq, text),
  typing: (active) => chat.typing(active),
});
const messages = new Messages($('main'), {
  edit: (message) => composer.edit(message),
  remove: (seq) => chat.remove(seq),
  retry: (outboxId) => chat.retry(outboxId),
  discard: (outboxId) => chat.discard(outboxId),
  loadOlder: () => chat.loadOlder(),
  seen: () => markRead(),
});
const connectivity = new Connectivity($('.connection'), () => chat.reconnect());

const host = new Host({
  open({ focus }) {
    isShown = true;
    chat.open();
    show();
    if (focus) {
      composer.focus();
    }
  },
  close() {
    isShown = false;
  },
  watch() {
    if (chat.isGoing) {
      chat.open();
    } else {
      host.tell({ type: 'going', going: false });
    }
  },
});

/** @param {boolean} keyboard Whether a key said so: the focus goes back to the launcher, and is to be seen there. */
function close(keyboard) {
  host.tell({ type: 'close', keyboard });
}

function markRead() {
  if (isShown && document.visibilityState === 'visible' && messages.isAtEnd) {
    chat.markRead();
  }
}

function show() {
  const { state } = chat;
  const hasEnded = state.conversation?.status === 'closed';
  connectivity.show(state.connection);
  showPresence(state);
  messages.show(state);
  $('.ended').hidden = !hasEnded;
  $('form').hidden = hasEnded;
  markRead();
  host.tell({ type: 'unread', count: state.unread });
  host.tell({ type: 'going', going: chat.isGoing && !hasEnded });
}

/** @param {import('../client/conversation.js').ConversationState} state */
function showPresence({ conversation, present }) {
  const agents = present.filter(({ kind }) => kind === 'agent');
  const assignee = conversation?.assignee;
  const names = agents.map(({ name }) => name);
  $('.presence').textContent = names.length
    ? `${new Intl.ListFormat('en').format(names)} ${names.length === 1 ? 'is' : 'are'} here`
    : assignee
      ? `${assignee.name} will answer here`
      : 'Leave a message, we will answer here';
  const faces = agents.length || !assignee ? agents : [assignee];
  $('.people').replaceChildren(...faces.slice(0, 3).map(({ name }) => element('span', { textContent: initialOf(name) })));
}

/** @param {string} name */
function initialOf(name) {
  return [...name.trim()][0]?.toUpperCase() ?? '';
}

// A click without a pointer comes from a key.
$('.close').addEventListener('click', (/** @type {MouseEvent} */ { detail }) => close(detail === 0));
$('.ended button').addEventListener('click', () => {
  chat.startAnew();
  composer.focus();
});
addEventListener('keydown', (event) => {
  // Escape first belongs to whatever took it: an input method, or an edit to be cancelled.
  if (event.key === 'Escape' && !event.defaultPrevented && !event.isComposing) {
    close(true);
  }
});
document.addEventListener('visibilitychange', markRead);
chat.subscribe(show);
if (isShown) {
  document.body.classList.add('alone');
  chat.open();
}
show();
