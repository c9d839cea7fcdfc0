/**
 * `/widget.js`, the one line on a customer's page. Promises that page nothing but a button: no request, no socket and
 * no iframe before the visitor shows interest, no style that leaks in or out, nothing that a strict
 * Content-Security-Policy forbids, and no harm from being included twice. Promises the visitor a panel that is solid
 * from its first frame, and one that says so in words, tries again and offers a way round when it can't be loaded.
 *
 * The panel lives in an iframe from this script's own origin. The two talk by `postMessage`; every message is
 * `{ voxora: 1, type, … }`, and each side takes only what comes from the other's window and origin (the panel learns
 * the page's origin from its address, after the `#`).
 *
 *     to the panel    theme { dark }     what the page around it is
 *                     open { focus }     it is visible now; `focus` if the person is to type at once
 *                     close              it is hidden
 *                     watch              stay connected in the background, if a conversation is going on
 *     to the loader   ready              the panel understands messages now
 *                     close { keyboard } the person wants it hidden; `keyboard` if a key said so
 *                     unread { count }   messages that nobody has read yet
 *                     going { going }    whether there is a conversation to come back to
 *
 * The page is somebody else's: old libraries replace methods of the DOM, so the oldest ones are used here.
 */
const SVG = 'http://www.w3.org/2000/svg';
/** Both are filled and stroked; the chevron has no inside. */
const BUBBLE = 'M4 5h16v11h-7l-5 4v-4H4Z';
const CHEVRON = 'm6 9 6 6 6-6-6 6Z';
const CONVERSATION = 'voxora.going';
const OPEN = 'voxora.open';
/** Where a second copy of this script finds the first: a name that no page has for something of its own. */
const RUNNING = Symbol.for('voxora.chat');
/** How long a panel may take to load; the n-th attempt n times that. */
const PATIENCE = 12_000;
/** How long after its page has loaded, or what the browser shows instead, its `ready` may still be under way. */
const GRACE = 2_000;
const RETRY_AFTER = 2_000;
const RETRY_AT_LEAST_EVERY = 60_000;

/** @param {string} origin Where the panel is. */
function start(origin) {
  const host = document.createElement('voxora-chat');
  // In the top layer nothing of the page lies over the button or over what it opens, nor does a transform move them.
  host.popover = 'manual';
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const panel = add(root, 'section');
  add(panel, 'header');
  const trouble = add(panel, 'div');
  const words = add(trouble, 'h2');
  add(trouble, 'p', 'We keep trying');
  const again = add(trouble, 'button', 'Try again');
  const away = add(trouble, 'a', 'Open the chat in a new tab');
  away.href = `${origin}/panel/`;
  away.target = '_blank';
  const closer = add(trouble, 'button', 'Close');

  const button = add(root, 'button');
  button.className = 'launcher';
  // Drawn as nodes: a page with Trusted Types takes no markup.
  const svg = button.appendChild(document.createElementNS(SVG, 'svg'));
  svg.setAttribute('viewBox', '0 0 24 24');
  const icon = svg.appendChild(document.createElementNS(SVG, 'path'));
  const badge = add(button, 'span');
  const announcement = add(root, 'output');

  /** @type {HTMLIFrameElement | undefined} */
  let frame;
  let isReady = false;
  let isOpen = false;
  /** Attempts in a row at loading the panel that came to nothing. */
  let failures = 0;
  /** Whether the last attempt has failed: none is under way. */
  let hasFailed = false;
  /** Until the attempt under way counts as failed, or until the next one. */
  let timer = 0;
  /** Had the focus before the chat opened. @type {Element | null} */
  let opener;
  let unread = 0;
  let isWanted = true;
  /** How often the chat comes back if it alone was taken away. */
  let returns = 5;
  /** The page's body when the chat was last there. @type {HTMLElement | null} */
  let body;
  /** What the page listens to. Its errors are its own: the browser reports them, and they stop nothing of ours. */
  const events = new EventTarget();

  function show() {
    button.ariaExpanded = String(isOpen);
    button.ariaLabel = isOpen ? 'Close chat' : `Open chat${unread ? `, ${messages(unread)}` : ''}`;
    icon.setAttribute('d', isOpen ? CHEVRON : BUBBLE);
    badge.textContent = unread && !isOpen ? (unread > 99 ? '99+' : String(unread)) : '';
    words.textContent = hasFailed ? 'The chat could not be loaded' : 'Trying again…';
    host.toggleAttribute('open', isOpen);
    host.toggleAttribute('ready', isReady);
    host.toggleAttribute('failed', failures > 0);
  }

  /** Loads the panel, hidden, in a new frame: the old one may show anything. It does nothing until it is told to. */
  function load() {
    if (frame) {
      panel.removeChild(frame);
    }
    isReady = hasFailed = false;
    frame = document.createElement('iframe');
    frame.title = 'Chat';
    // A page without an origin, a file or a sandbox, is known to others as `null`, whatever its address says.
    frame.src = `${origin}/panel/#${window.origin === 'null' ? 'null' : location.origin}`;
    frame.addEventListener('load', () => {
      if (!isReady) {
        failIn(GRACE);
      }
    });
    panel.appendChild(frame);
    failIn(PATIENCE * (1 + failures));
    show();
  }

  function preload() {
    if (!frame) {
      load();
    }
  }

  /** @param {number} delay */
  function failIn(delay) {
    clearTimeout(timer);
    timer = setTimeout(fail, delay);
  }

  /** The frame stays: its `ready` may yet come. */
  function fail() {
    const hadFocus = root.activeElement === frame;
    hasFailed = true;
    failures += 1;
    show();
    if (isOpen) {
      announcement.textContent = words.textContent ?? '';
      if (hadFocus) {
        again.focus();
      }
      const delay = Math.min(RETRY_AFTER * 2 ** failures, RETRY_AT_LEAST_EVERY);
      timer = setTimeout(load, delay * (0.5 + Math.random() / 2));
    }
  }

  /** @param {object} message */
  function tell(message) {
    if (isReady) {
      frame?.contentWindow?.postMessage({ voxora: 1, ...message }, origin);
    }
  }

  /** What goes for the page can't be seen in the panel. The colour is black or white. */
  function tellTheme() {
    tell({ type: 'theme', dark: getComputedStyle(announcement).color.includes('255') });
  }

  /** @param {boolean} focus Whether the person is to type at once: not if the panel was open on the page before. */
  function open(focus = true) {
    attach();
    const isNew = !isOpen;
    if (isNew) {
      isOpen = true;
      opener = document.activeElement;
      remember('sessionStorage', OPEN, true);
      if (hasFailed) {
        failures = 0;
        load();
      }
      preload();
      show();
      tell({ type: 'open', focus });
    }
    if (focus) {
      (failures ? again : frame)?.focus();
    }
    if (isNew) {
      emit('open');
    }
  }

  /** @param {boolean} [byKeyboard] */
  function close(byKeyboard) {
    if (isOpen) {
      isOpen = false;
      remember('sessionStorage', OPEN, false);
      if (hasFailed) {
        clearTimeout(timer);
      }
      show();
      tell({ type: 'close' });
      // Only if the focus was in the chat: it is not taken from the page.
      if (document.activeElement === host) {
        const back = opener === host || opener === document.body || !opener?.isConnected ? button : opener;
        /** @type {HTMLElement} */ (back).focus();
        // After the focus has gone out of the panel, which ends it.
        button.toggleAttribute('quiet', !byKeyboard);
      }
      emit('close');
    }
  }

  /** @param {boolean} [byKeyboard] */
  function toggle(byKeyboard) {
    if (isOpen) {
      close(byKeyboard);
    } else {
      open();
    }
  }

  /**
   * @param {string} name
   * @param {unknown} [detail]
   */
  function emit(name, detail) {
    events.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** @param {MessageEvent} event */
  function hear({ source, origin: from, data }) {
    if (source !== frame?.contentWindow || from !== origin || data?.voxora !== 1) {
      return;
    }
    switch (data.type) {
      case 'ready': {
        // Whoever has gone on to something else in the meantime is left there.
        const focus = root.activeElement === frame || trouble.contains(root.activeElement);
        clearTimeout(timer);
        isReady = true;
        hasFailed = false;
        failures = 0;
        show();
        if (focus) {
          // Chromium loses keys, for good, that are typed into a frame which had the focus before its page was there.
          frame?.blur();
          frame?.focus();
        }
        tellTheme();
        tell(
          isOpen
            ? { type: 'open', focus }
            : { type: recall('localStorage', CONVERSATION) ? 'watch' : 'close' },
        );
        break;
      }
      case 'close':
        close(data.keyboard);
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
  }

  /** What the chat listens to. */
  const handlers = {
    /** @param {any} event A click without a pointer comes from a key. */
    click({ target, detail }) {
      if (target === again) {
        load();
      } else if (target === closer || button.contains(target)) {
        toggle(detail === 0);
      }
    },
    /** @param {any} event */
    keydown({ key }) {
      button.removeAttribute('quiet');
      if (key === 'Escape') {
        close(true);
      }
    },
    pointerover: preload,
    focusin: preload,
    focusout: () => button.removeAttribute('quiet'),
    transitionend: tellTheme,
  };

  function online() {
    if (hasFailed) {
      load();
    }
  }

  /** Puts the chat on the page: at first, and again when the page has thrown it away with everything else. */
  function attach() {
    const page = document.documentElement;
    isWanted = true;
    if (host.isConnected || !page) {
      return;
    }
    // Beside the body, where no rule and no framework of the page expects anything.
    page.appendChild(host);
    try {
      host.showPopover();
    } catch {
      // A browser from before 2024: there the highest z-index has to do.
    }
    // `document.open` forgets every listener. Whoever is still there is not added twice.
    addEventListener('message', hear);
    addEventListener('online', online);
    for (const [type, handler] of Object.entries(handlers)) {
      root.addEventListener(type, handler);
    }
    body = document.body;
    swaps.observe(document, { childList: true });
    swaps.observe(page, { childList: true });
    if (frame) {
      load();
    }
  }

  // A framework that renders the document anew takes away what it does not know. A page that insists is not fought.
  const swaps = new MutationObserver(() => {
    if (host.isConnected) {
      body = document.body;
    } else if (isWanted && (document.body !== body || (returns -= 1) > 0)) {
      attach();
    }
  });

  /** @type {VoxoraApi} */
  const api = {
    open: () => open(),
    close: () => close(),
    toggle: () => toggle(),
    on(name, listener) {
      const relay = (/** @type {any} */ { detail }) => listener(detail);
      events.addEventListener(name, relay);
      return () => events.removeEventListener(name, relay);
    },
    remove() {
      close();
      isWanted = false;
      host.parentNode?.removeChild(host);
    },
    launcher: (isShown) => host.toggleAttribute('bare', !isShown),
    push: (...calls) => calls.forEach((call) => queueMicrotask(() => call(api))),
  };

  // What an `id` of the page makes of the name is not its own property.
  const calls = Object.hasOwn(window, 'Voxora') ? window.Voxora : [];
  if (Array.isArray(calls)) {
    window.Voxora = api;
    api.push(...calls);
  } else {
    console.warn('window.Voxora is taken: the chat has no API');
  }

  show();
  attach();
  if (recall('sessionStorage', OPEN)) {
    open(false);
  } else if (recall('localStorage', CONVERSATION)) {
    (window.requestIdleCallback ?? setTimeout)(preload);
  }
  return attach;
}

/** @param {number} count */
function messages(count) {
  return `${count} unread message${count === 1 ? '' : 's'}`;
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Node} parent
 * @param {Name} name
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Name]}
 */
function add(parent, name, text = '') {
  const element = document.createElement(name);
  element.textContent = text;
  parent.appendChild(element);
  return element;
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

/** Where this script came from. A module has no element of its own; what is on the stack has an address. */
function address() {
  const { src } = /** @type {HTMLScriptElement} */ (document.currentScript ?? {});
  return src || String(/https?:[^\s()@]+?\/widget\.js/.exec(new Error().stack ?? ''));
}

const running = /** @type {{ [RUNNING]?: () => void }} */ (window);
if (running[RUNNING]) {
  running[RUNNING]();
} else {
  running[RUNNING] = start(new URL(address()).origin);
}
