/**
 * What the unit tests stand on: the parts of a browser that the client touches, with sockets that a test scripts from
 * the server's end, and a clock that it turns. The real things are covered by the browser suite.
 */
import { mock } from 'node:test';

/** Everything the client has opened since `setUp`. @type {FakeSocket[]} */
export const sockets = [];

export class FakeSocket {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 3;
  readyState = FakeSocket.CONNECTING;
  sent = [];
  /** Who has which number on this socket. */
  #numbers = new Numbers();

  constructor(url, protocols) {
    this.url = new URL(url);
    this.protocols = protocols;
    sockets.push(this);
  }

  send(text) {
    if (this.readyState !== FakeSocket.OPEN) {
      throw new Error('not open');
    }
    this.sent.push(text === 'ping' ? 'ping' : JSON.parse(text));
    this.onsend?.(this.sent.at(-1));
  }

  close() {
    this.readyState = FakeSocket.CLOSED;
  }

  // The server's end.

  accept() {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.({});
  }

  /** Frames as `event` and `pageOf` make them, or text. */
  say(...frames) {
    for (const frame of frames) {
      this.onmessage?.({ data: typeof frame === 'string' ? frame : this.write(frame) });
    }
  }

  /** Frames in one message, as a busy room sends them. */
  sayAtOnce(...frames) {
    this.say(frames.map((frame) => (typeof frame === 'string' ? frame : this.write(frame))).join('\n'));
  }

  /** A frame as the room would send it. Who is introduced by it counts as introduced, even if it is never said. */
  write(frame) {
    if (frame.type === 'event' && frame.by === undefined) {
      frame = this.#numbers.compact(frame, { introducing: true });
    } else if (frame.type === 'page' && frame.events && !frame.people) {
      frame = this.#numbers.page(frame);
    }
    return JSON.stringify(frame);
  }

  end(code = 1006) {
    this.readyState = FakeSocket.CLOSED;
    this.onclose?.({ code });
  }

  /** The room was loaded again, and numbers its people anew. */
  renumber() {
    this.#numbers = new Numbers();
  }

  /** The frames of a type, in the order in which they were sent. */
  frames(type) {
    return this.sent.filter((frame) => frame.type === type);
  }
}

/** The room's side of introductions: an author is a number to those who were told whose it is. */
class Numbers {
  #actors = [];

  compact({ seq, prev, actor, ...event }, { introducing = false } = {}) {
    let by = this.#actors.findIndex(({ kind, id }) => kind === actor.kind && id === actor.id);
    const isNew = by < 0;
    if (isNew) {
      by = this.#actors.push(actor) - 1;
    }
    return { seq, ...(prev !== seq - 1 && { prev }), by, ...(introducing && isNew && { actor }), ...event };
  }

  page({ events, ...page }) {
    const compact = events.map(({ type: _, ...event }) => this.compact(event));
    return { ...page, events: compact, people: Object.fromEntries(this.#actors.entries()) };
  }
}

export class FakeStorage {
  #items = new Map();
  keys() {
    return [...this.#items.keys()];
  }
  getItem(key) {
    return this.#items.get(key) ?? null;
  }
  setItem(key, value) {
    this.#items.set(key, String(value));
    this.onchange?.(key, String(value));
  }
  removeItem(key) {
    this.#items.delete(key);
    this.onchange?.(key, null);
  }
}

/** Two tabs' views of one storage: each hears of what the other changes, as in a browser. */
export function storageOfTwoTabs() {
  const storage = new FakeStorage();
  storage.onchange = (key, newValue) => fire('storage', { key, newValue });
  return storage;
}

/** Answers for `fetch`, by the path and query they begin with; a function may throw. */
export const answers = new Map();

let page;

/** A fresh browser and a stopped clock. */
export function setUp() {
  page = new EventTarget();
  sockets.length = 0;
  answers.clear();
  const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  define('addEventListener', page.addEventListener.bind(page));
  define('removeEventListener', page.removeEventListener.bind(page));
  define('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }));
  define('navigator', { onLine: true });
  define('location', { href: 'https://shop.example/panel/' });
  define('localStorage', new FakeStorage());
  define('WebSocket', FakeSocket);
  define('fetch', async (url) => {
    const path = url.replace('https://shop.example', '');
    for (const [prefix, answer] of answers) {
      if (path.startsWith(prefix)) {
        const { status = 200, ...body } = answer(path);
        return new Response(JSON.stringify(body), { status });
      }
    }
    throw new TypeError('Failed to fetch');
  });
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  mock.method(Math, 'random', () => 1);
}

export function tearDown() {
  mock.timers.reset();
  mock.restoreAll();
}

/** An event on the page, as the browser would send it. */
export function fire(type, properties = {}) {
  const target = type === 'visibilitychange' ? document : page;
  target.dispatchEvent(Object.assign(new Event(type), properties));
}

/** Lets everything that waits for promises happen. */
export async function settle() {
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Turns the clock, and lets happen what follows. */
export async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settle();
}

export const VISITOR = { kind: 'visitor', id: 'v1', name: 'Visitor 1' };
export const AGENT = { kind: 'agent', id: 'a1', name: 'Ada' };

/** An event as the client uses it; `FakeSocket.say` and `historyOf` make of it what travels. */
export function event(seq, prev, actor, kind, payload, clientId) {
  return { type: 'event', seq, prev, at: 1000 + seq, actor, kind, payload, ...(clientId && { clientId }) };
}

export function message(seq, prev, actor, text, clientId) {
  return event(seq, prev, actor, 'message', { text }, clientId);
}

export function conversation(head, changes = {}) {
  return {
    id: 'c',
    visitor: VISITOR,
    status: 'open',
    assignee: null,
    createdAt: 1000,
    head,
    read: { visitor: 0, agents: 0 },
    ...changes,
  };
}

export function welcome(head, changes = {}) {
  const { you = VISITOR, present = [{ ...you, viewing: false }], until = Date.now() + 900_000, ...rest } = changes;
  return {
    type: 'welcome',
    you,
    conversation: conversation(head, rest),
    present,
    heartbeatSeconds: 30,
    until,
    limits: { frameBytes: 131072, messageCharacters: 10000, sendBurst: 20, sendsPerSecond: 2 },
  };
}

export function pageOf(events, prev, more = false) {
  return { type: 'page', prev, more, events };
}

/** The body of `GET …/events`. */
export function historyOf(events, prev, { more = true, head = events.at(-1).seq } = {}) {
  return new Numbers().page({ events, prev, more, head });
}
