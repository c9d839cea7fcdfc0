/**
 * The panel: what a visitor sees and does. It makes no request and no connection before the loader says that it is
 * open, or that a conversation is to be watched for the badge. This file ties the parts together; `chat.js` is what
 * happens, `messages.js` and `composer.js` are how it looks. What is not needed to type is loaded when it is.
 *
 * @typedef {import('../client/conversation-state.js').ConversationState} ConversationState
 */
import { pageStorage } from '../client/facilities.js';
import { isComposing } from '../client/keys.js';
import { Chat } from './chat.js';
import { Composer } from './composer.js';
import { Connectivity } from './connectivity.js';
import { Host } from './host.js';
import { Session } from './session.js';

const MINUTE = 60_000;

const storage = pageStorage();
const chat = new Chat({ storage, session: new Session(storage), load: loadTalk });
/** What shows a conversation, once it is loaded. @type {import('./messages.js').Messages | undefined} */
let messages;
/** @type {typeof import('./people.js').showPeople | undefined} */
let showPeople;

/** @param {string} selector @returns {any} */
const $ = (selector) => document.querySelector(selector);

// Opened by itself, not in a frame, the panel is a page like any other.
let isShown = parent === window;
/** Closes what lies over the chat, and is closed first. @type {(() => void) | undefined} */
let closeLayer;
/** What it belongs to, and goes with. @type {Element | undefined} */
let layerAnchor;

const composer = new Composer($('form'), storage, {
  send(text) {
    chat.send(text);
    messages?.toLatest();
  },
  edit: (seq, text) => chat.edit(seq, text),
  typing: (active) => chat.typing(active),
});
const connectivity = new Connectivity($('.connection'), () => chat.reconnect());

const host = new Host({
  theme({ dark }) {
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  },
  open({ focus }) {
    isShown = true;
    chat.open();
    chat.load();
    look();
    show();
    if (chat.state.unread) {
      messages?.toUnread();
    }
    if (focus) {
      composer.focus();
    }
  },
  close() {
    isShown = false;
    look();
    closeLayer?.();
  },
  watch() {
    if (chat.isGoing) {
      chat.open();
    } else {
      host.tell({ type: 'going', going: false });
    }
  },
});

async function importTalk() {
  const talk = await import('./talk.js');
  await talk.styled;
  return talk;
}

async function loadTalk() {
  const { ConversationClient, Messages, openMenu, showPeople: show } = await importTalk();
  showPeople = show;
  messages = new Messages($('main'), {
    more(message, anchor) {
      closeLayer?.();
      layerAnchor = anchor;
      closeLayer = openMenu(anchor, {
        edit: () => composer.edit(chat.id, message),
        remove: () => chat.remove(message.seq ?? 0),
        onclose: layerClosed,
      });
    },
    retry: (outboxId) => chat.retry(outboxId),
    discard: (outboxId) => chat.discard(outboxId),
    loadOlder: () => chat.loadOlder(),
    seen: () => markRead(),
  });
  return { ConversationClient };
}

/** @param {boolean} keyboard Whether a key said so: the focus goes back to the launcher, and is to be seen there. */
function close(keyboard) {
  host.tell({ type: 'close', keyboard });
}

function layerClosed() {
  closeLayer = undefined;
  keepFocus();
  markRead();
}

function openPast() {
  importTalk().then(
    ({ openPast: openList }) => {
      closeLayer?.();
      layerAnchor = $('.past');
      closeLayer = openList($('main'), chat, { onclose: layerClosed });
    },
    () => connectivity.say('That could not be loaded. Check your connection and try again.'),
  );
}

/** Whether the visitor has the chat before their eyes. */
function isViewed() {
  return isShown && document.visibilityState === 'visible';
}

function markRead() {
  if (isViewed() && !closeLayer && messages?.isAtEnd) {
    chat.markRead();
  }
}

function look() {
  chat.view(isViewed());
  markRead();
}

function show() {
  const { state, elsewhere } = chat;
  const hasEnded = state.conversation?.status === 'closed';
  const unreadElsewhere = elsewhere.reduce((sum, { unread }) => sum + unread, 0);
  connectivity.show(state.connection);
  showPeople?.($('header'), state);
  showGreeting(state);
  messages?.show(state, chat.id);
  if (!isVisible(layerAnchor)) {
    // The message can't be changed any more, or is not on screen.
    closeLayer?.();
  }
  showEnd(state);
  $('.past').hidden = !chat.hasHistory;
  $('.elsewhere').hidden = !unreadElsewhere;
  $('form').hidden = hasEnded;
  composer.follow({
    conversation: chat.id,
    canChange: (seq) => !hasEnded && !state.messages.find((message) => message.seq === seq)?.deletedAt,
    limit: chat.messageCharacters,
  });
  keepFocus();
  markRead();
  host.tell({ type: 'unread', count: state.unread + unreadElsewhere });
  host.tell({ type: 'going', going: chat.isGoing && !hasEnded });
}

/** @param {ConversationState} state */
function showEnd({ conversation, messages: all }) {
  const unsent = all.filter(({ seq }) => seq === undefined).length;
  const taken = unsent === 1 ? 'Your message that was not sent goes' : `Your ${unsent} messages that were not sent go`;
  $('.ended').hidden = conversation?.status !== 'closed';
  $('.ended span').textContent = unsent ? ` ${taken} into the new one.` : '';
}

/** The first bubble of every conversation. @param {ConversationState} state */
function showGreeting({ messages: { length }, hasOlder, connection }) {
  const greeting = $('.greeting');
  const isComing = connection.name === 'connecting' && !length && chat.id !== null;
  greeting.hidden = hasOlder || isComing;
  greeting.classList.toggle('answered', length > 0 || chat.id !== null);
}

/** The focus of who pressed what has gone since, or lies hidden now, stays in the chat. */
function keepFocus() {
  const { activeElement } = document;
  const isLost = !activeElement || activeElement === document.body || !isVisible(activeElement);
  if (lastFocused && isLost && !isVisible(lastFocused) && document.hasFocus()) {
    const wasInList = lastFocused.closest('main, .layer, .menu');
    lastFocused = undefined;
    $('.scroll').focus({ preventScroll: true });
    if (!wasInList) {
      composer.focus();
    }
  }
}

/** @type {Element | undefined} */
let lastFocused;
addEventListener('focusin', ({ target }) => (lastFocused = /** @type {Element} */ (target)));
addEventListener('focusout', ({ target }) => {
  // It may be about to go.
  setTimeout(() => {
    if (target === lastFocused && target !== document.activeElement && isVisible(lastFocused)) {
      // The person has turned to something else.
      lastFocused = undefined;
    }
    keepFocus();
  });
});

// A click without a pointer comes from a key.
$('.close').addEventListener('click', (/** @type {MouseEvent} */ { detail }) => close(detail === 0));
$('.past').addEventListener('click', () => (closeLayer ? closeLayer() : openPast()));
$('.elsewhere').addEventListener('click', () => {
  chat.goTo(chat.elsewhere.find(({ unread }) => unread)?.id ?? chat.id);
  show();
});
$('.ended button').addEventListener('click', () => {
  chat.startAnew();
  show();
});
for (const suggestion of document.querySelectorAll('.greeting button')) {
  suggestion.addEventListener('click', () => composer.suggest(suggestion.textContent ?? ''));
}
addEventListener('keydown', (event) => {
  // Escape first belongs to whatever took it: an input method, an edit to be cancelled, what lies over the chat.
  if (event.key !== 'Escape' || event.defaultPrevented || isComposing(event)) {
    return;
  }
  if (closeLayer) {
    closeLayer();
  } else {
    close(true);
  }
});
document.addEventListener('visibilitychange', look);
chat.subscribe(show);
setInterval(() => isShown && showPeople?.($('header'), chat.state), MINUTE);
$('.lasting').textContent = storage.isLasting
  ? 'You can close this window or leave the page: your conversation stays right here.'
  : 'This browser keeps nothing for us. Your conversation is here as long as this page is open.';
if (isShown) {
  document.body.classList.add('alone');
  chat.open();
  chat.load();
  look();
}
show();

/** @param {Element | undefined} node */
function isVisible(node) {
  return node !== undefined && node.isConnected && node.getClientRects().length > 0;
}
