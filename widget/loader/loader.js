/**
 * `/widget.js`, the one line on a customer's page. Promises that page nothing but a button: no request, no socket and
 * no iframe before the visitor shows interest, no style that leaks in or out, nothing that a strict
 * Content-Security-Policy forbids, and no harm from being included twice.
 *
 * The panel lives in an iframe from this script's own origin. The two talk by `postMessage`; every message is
 * `{ voxora: 1, type, … }`, and each side takes only what comes from the other's window and origin (the panel learns
 * the page's origin from its address, after the `#`).
 *
 *     to the panel    open { focus }     it is visible now; `focus` if the person is to type at once
 *                     close              it is hidden
 *                     watch              stay connected in the background, if a conversation is going on
 *     to the loader   ready              the panel understands messages now
 *                     close              the person wants it hidden
 *                     unread { count }   messages that nobody has read yet
 *                     going { going }    whether there is a conversation to come back to
 */
import css from './style.js';

const CONVERSATION = 'voxora.going';
const OPEN = 'voxora.open';

function start() {
  const page = document.documentElement;
  const origin = new URL(/** @type {HTMLScriptElement} */ (document.currentScript).src).origin;

  const host = document.createElement('voxora-chat');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];

  const button = document.createElement('button');
  button.type = 'button';
  button.append(
    icon('M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2Z'),
    icon('m6 9 6 6 6-6'),
  );
  const badge = document.createElement('span');
  badge.ariaHidden = 'true';
  button.append(badge);
  const announcement = document.createElement('p');
  announcement.role = 'status';
  root.append(button, announcement);

  /** @type {HTMLIFrameElement | undefined} */
  let frame;
  let isReady = false;
  let isOpen = false;
  /** Whether the person opened it just now, to type; it may still be loading. */
  let takesFocus = false;
  let unread = 0;
  /** @type {Record<string, Set<(detail: any) => void>>} */
  const listeners = { open: new Set(), close: new Set(), unread: new Set() };

  function show() {
    button.ariaExpanded = String(isOpen);
    button.ariaLabel = isOpen ? 'Close chat' : `Open chat${unread ? `, ${messages(unread)}` : ''}`;
    badge.textContent = unread && !isOpen ? (unread > 99 ? '99+' : String(unread)) : '';
    root.host.toggleAttribute('open', isOpen);
  }

  /** Loads the panel, hidden. It does nothing until it is told to. */
  function load() {
    if (frame) {
      return;
    }
    frame = document.createElement('iframe');
    frame.title = 'Chat';
    frame.src = `${origin}/panel/#${location.origin}`;
    root.prepend(frame);
  }

  /** @param {object} message */
  function tell(message) {
    if (isReady) {
      frame?.contentWindow?.postMessage({ voxora: 1, ...message }, origin);
    }
  }

  /** @param {boolean} focus Whether the person is to type at once: not if the panel was open on the page before. */
  function open(focus = true) {
    takesFocus = focus;
    if (!isOpen) {
      isOpen = true;
      remember('sessionStorage', OPEN, true);
      load();
      show();
      tell({ type: 'open', focus });
      emit('open');
    }
    if (focus) {
      frame?.focus();
    }
  }

  function close() {
    if (isOpen) {
      isOpen = false;
      remember('sessionStorage', OPEN, false);
      show();
      tell({ type: 'close' });
      // Only if the focus was in the chat: it is not taken from the page.
      if (document.activeElement === host) {
        button.focus();
      }
      emit('close');
    }
  }

  function toggle() {
    if (isOpen) {
      close();
    } else {
      open();
    }
  }

  /**
   * @param {string} name
   * @param {unknown} [detail]
   */
  function emit(name, detail) {
    listeners[name]?.forEach((listener) => listener(detail));
  }

  addEventListener('message', ({ source, origin: from, data }) => {
    if (!frame || source !== frame.contentWindow || from !== origin || data?.voxora !== 1) {
      return;
    }
    switch (data.type) {
      case 'ready':
        isReady = true;
        tell(
          isOpen
            ? { type: 'open', focus: takesFocus }
            : { type: recall('localStorage', CONVERSATION) ? 'watch' : 'close' },
        );
        break;
      case 'close':
        close();
        break;
      case 'unread':
        if (data.count !== unread) {
          announcement.textContent = data.count > unread && !isOpen ? `Chat: ${messages(data.count)}` : '';
          unread = data.count;
          show();
          emit('unread', unread);
        }
        break;
      case 'going':
        remember('localStorage', CONVERSATION, data.going);
        break;
    }
  });

  button.addEventListener('click', toggle);
  button.addEventListener('pointerenter', load);
  button.addEventListener('focus', load);
  root.addEventListener('keydown', (event) => {
    if (/** @type {KeyboardEvent} */ (event).key === 'Escape') {
      close();
    }
  });

  window.Voxora = {
    open: () => open(),
    close,
    toggle,
    on(name, listener) {
      listeners[name]?.add(listener);
      return () => listeners[name]?.delete(listener);
    },
  };

  show();
  // Beside the body, where no rule and no framework of the page expects anything.
  page.append(host);
  if (recall('sessionStorage', OPEN)) {
    open(false);
  } else if (recall('localStorage', CONVERSATION)) {
    (window.requestIdleCallback ?? setTimeout)(load);
  }
}

/** @param {number} count */
function messages(count) {
  return `${count} unread message${count === 1 ? '' : 's'}`;
}

/**
 * Drawn as nodes: a page with Trusted Types takes no markup.
 *
 * @param {string} path
 */
function icon(path) {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(namespace, 'path'));
  svg.firstElementChild?.setAttribute('d', path);
  return svg;
}

/**
 * @param {'localStorage' | 'sessionStorage'} storage
 * @param {string} key
 * @param {boolean} value
 */
function remember(storage, key, value) {
  try {
    if (value) {
      window[storage].setItem(key, '1');
    } else {
      window[storage].removeItem(key);
    }
  } catch {
    // A page without storage forgets it.
  }
}

/**
 * @param {'localStorage' | 'sessionStorage'} storage
 * @param {string} key
 */
function recall(storage, key) {
  try {
    return window[storage].getItem(key) !== null;
  } catch {
    return false;
  }
}

if (!window.Voxora) {
  start();
}
