import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { answers, pass, setUp, tearDown } from '../../../widget/client/testing.js';
import '../../testing.js';

const { Session } = await import('./session.ts');

const REFRESH = '/api/v1/auth/refresh';
const ADA = { id: 'a1', name: 'Ada', email: 'ada@example.com', role: 'agent' };
const MAY = ['read_conversations:departments'];

let asked;

beforeEach(() => {
  setUp();
  globalThis.BroadcastChannel = class {
    postMessage() {}
  };
  asked = 0;
  answers.set('/api/v1/setup', () => ({ required: false }));
  grant();
});
afterEach(tearDown);

/** The server renews: each time with another token. */
function grant(user = ADA, permissions = MAY) {
  answers.set(REFRESH, () => ({ accessToken: `token ${(asked += 1)}`, expiresIn: 900, user, permissions }));
}

function refuse(status, code) {
  answers.set(REFRESH, () => {
    asked += 1;
    return { status, code };
  });
}

async function signedIn() {
  localStorage.setItem('voxora.signed-in', '1');
  const session = new Session();
  await session.start();
  return session;
}

test('a browser that denies locks and channels to the page signs in all the same', async () => {
  const denied = () => new DOMException('denied', 'SecurityError');
  navigator.locks = { request: () => Promise.reject(denied()) };
  globalThis.BroadcastChannel = class {
    constructor() {
      throw denied();
    }
  };
  const session = await signedIn();
  assert.deepEqual(session.state, { phase: 'signed-in', user: ADA, permissions: MAY });
});

test('takes up the session there was', async () => {
  const session = await signedIn();
  assert.deepEqual(session.state, { phase: 'signed-in', user: ADA, permissions: MAY });
  assert.equal(await session.token(), 'token 1');
  assert.equal(asked, 1);
});

test('however many sockets were ended with a token, another one is asked for once', async () => {
  const session = await signedIn();
  const insteadOf = 'token 1';
  assert.deepEqual(await Promise.all([session.token({ insteadOf }), session.token({ insteadOf })]), ['token 2', 'token 2']);
  assert.equal(await session.token({ insteadOf }), 'token 2');
  assert.equal(asked, 2);
});

test('renews a minute before the end, also if nobody asks', async () => {
  await signedIn();
  await pass(839_999);
  assert.equal(asked, 1);
  await pass(1);
  assert.equal(asked, 2);
});

test('a session that the server has ended ends here, and says so', async () => {
  const session = await signedIn();
  refuse(401, 'session_ended');
  await assert.rejects(session.token({ insteadOf: 'token 1' }), { status: 401 });
  assert.deepEqual(session.state, { phase: 'signed-out', because: 'session-ended' });
});

test('a server that cannot say ends nothing', async () => {
  const session = await signedIn();
  refuse(503, 'unavailable');
  await assert.rejects(session.token({ insteadOf: 'token 1' }), { status: 503 });
  assert.equal(session.state.phase, 'signed-in');
});

test('a role that was changed meanwhile is known from then on', async () => {
  const session = await signedIn();
  const user = { ...ADA, role: 'admin' };
  grant(user, ['manage_tags']);
  await session.token({ insteadOf: 'token 1' });
  assert.deepEqual(session.state, { phase: 'signed-in', user, permissions: ['manage_tags'] });
});

test('where nobody has signed in, nobody is asked for: a first visit logs no fault', async () => {
  const session = new Session();
  await session.start();
  assert.deepEqual(session.state, { phase: 'signed-out', because: 'no-session' });
  assert.equal(asked, 0);
});

test('who opens the set-up link again is told that all is set up', async () => {
  const session = new Session();
  await session.start({ because: 'already-set-up' });
  assert.deepEqual(session.state, { phase: 'signed-out', because: 'already-set-up' });
});
