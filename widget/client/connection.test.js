import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ApiError } from './api.js';
import { Connection } from './connection.js';
import { fire, pageOf, pass, setUp, settle, sockets, tearDown, welcome } from './testing.js';

beforeEach(setUp);
afterEach(tearDown);

/** An opened connection that writes down what it does. */
async function connect(options = {}) {
  const seen = { states: [], frames: [], probes: 0 };
  const connection = new Connection({
    url: (after) => `wss://shop.example/socket?after=${after}`,
    after: () => 7,
    token: async () => 'token',
    probe: async () => {
      seen.probes += 1;
    },
    onframe: (frame) => seen.frames.push(frame),
    onstate: (state) => seen.states.push(state),
    ...options,
  });
  connection.open();
  await settle();
  return { connection, seen, names: () => seen.states.map(({ name }) => name) };
}

async function connectLive(options) {
  const opened = await connect(options);
  sockets[0].accept();
  sockets[0].say(welcome(7), pageOf([], 7));
  return opened;
}

test('asks for the protocol with the token, from where the owner is', async () => {
  const { connection, names } = await connectLive();
  assert.deepEqual(sockets[0].protocols, ['voxora.v1', 'bearer.token']);
  assert.equal(sockets[0].url.searchParams.get('after'), '7');
  assert.deepEqual(names(), ['connecting', 'live']);
  assert.equal(connection.send({ type: 'resume', after: 7 }), true);
});

test('sends nothing before the welcome', async () => {
  const { connection } = await connect();
  sockets[0].accept();
  assert.equal(connection.send({ type: 'resume', after: 7 }), false);
});

test('backs off further with each failure, up to half a minute', async () => {
  const { seen } = await connect();
  const delays = [];
  for (let round = 0; round < 8; round += 1) {
    sockets.at(-1).end();
    const delay = seen.states.at(-1).nextAttemptAt - Date.now();
    delays.push(delay);
    await pass(delay);
  }
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  assert.equal(sockets.length, 9);
});

test('a connection that worked makes the next failure a first one', async () => {
  const { seen } = await connectLive();
  sockets[0].end(1012);
  assert.equal(seen.states.at(-1).nextAttemptAt - Date.now(), 500);
  await pass(500);
  assert.equal(seen.probes, 0, 'a socket that was open says nothing against the token');
});

test('a refused socket is asked about over REST before the next', async () => {
  const { seen } = await connect();
  sockets[0].end();
  await pass(500);
  assert.equal(seen.probes, 1);
  assert.equal(sockets.length, 2);
});

for (const [status, code] of [[401, 'unauthenticated'], [403, 'forbidden'], [404, 'not_found']]) {
  test(`${code} stops it, until it is told to try again`, async () => {
    const { connection } = await connect({ probe: () => Promise.reject(new ApiError(status, { code })) });
    sockets[0].end();
    await pass(500);
    assert.deepEqual(connection.state, { name: 'stopped', reason: code });
    await pass(600_000);
    assert.equal(sockets.length, 1);
  });
}

test('a session that has ended stops it', async () => {
  const { connection } = await connect({ token: () => Promise.reject(new ApiError(401, { code: 'session_ended' })) });
  assert.deepEqual(connection.state, { name: 'stopped', reason: 'session_ended' });
});

test('a server that is out of reach or overloaded is asked again, no sooner than it says', async () => {
  const { seen } = await connect({ token: () => Promise.reject(new ApiError(429, {}, 5000)) });
  assert.equal(seen.states.at(-1).nextAttemptAt - Date.now(), 5000);
});

/** A session that gives one token after the other, and writes down what it was asked for. */
function tokens() {
  const asked = [];
  const session = {
    asked,
    current: 'token 1',
    token: async ({ insteadOf } = {}) => {
      asked.push(insteadOf);
      if (insteadOf === session.current) {
        session.current = `token ${Number(session.current.slice(6)) + 1}`;
      }
      return session.current;
    },
  };
  return session;
}

const bearer = (socket) => socket.protocols[1];

test('with a heartbeat the socket gets the token that the session has got meanwhile', async () => {
  const session = tokens();
  const { seen } = await connectLive({ token: session.token });
  await pass(30_000);
  assert.deepEqual(sockets[0].frames('renew'), []);
  session.current = 'token 2';
  sockets[0].say('pong');
  await pass(30_000);
  sockets[0].say('pong', { type: 'renewed', until: Date.now() + 900_000 });
  await pass(30_000);
  assert.deepEqual(sockets[0].frames('renew'), [{ type: 'renew', token: 'token 2' }]);
  assert.equal(seen.frames.length, 2, 'none of it is the owner’s business');
});

test('a renewal that the server could not decide on is tried again with the next heartbeat', async () => {
  const session = tokens();
  await connectLive({ token: session.token });
  session.current = 'token 2';
  const renew = { type: 'renew', token: 'token 2' };
  await pass(30_000);
  sockets[0].say('pong', { type: 'error', code: 'internal', message: '' });
  await pass(30_000);
  assert.deepEqual(sockets[0].frames('renew'), [renew, renew]);
  sockets[0].say('pong', { type: 'renewed', until: Date.now() + 900_000 });
  await pass(30_000);
  assert.equal(sockets[0].frames('renew').length, 2);
});

test('renews before the socket’s end, and again before the next', async () => {
  const session = tokens();
  await connect({ token: session.token });
  sockets[0].accept();
  sockets[0].say(welcome(7, { until: Date.now() + 300_000 }), pageOf([], 7));
  const beat = async () => {
    sockets[0].say('pong');
    await pass(30_000);
    return sockets[0].frames('renew').length;
  };
  const renewals = [];
  for (let round = 0; round < 7; round += 1) {
    renewals.push(await beat());
  }
  assert.deepEqual(renewals, [0, 0, 0, 0, 0, 0, 1], 'a minute and a half before');
  sockets[0].say({ type: 'renewed', until: Date.now() + 120_000 });
  assert.equal(await beat(), 2);
  assert.deepEqual(sockets[0].frames('renew')[1], { type: 'renew', token: 'token 3' });
  assert.equal(sockets.length, 1);
});

test('renews in time also in the background, where timers run once a minute', async () => {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (work, delay) => setTimeout(work, Math.ceil((delay ?? 0) / 60_000) * 60_000);
  const session = tokens();
  await connect({ token: session.token });
  const until = Date.now() + 910_000;
  sockets[0].accept();
  sockets[0].say(welcome(7, { until }), pageOf([], 7));
  let renewedAt;
  while (!renewedAt && Date.now() < until) {
    await pass(10_000);
    sockets[0].say('pong');
    renewedAt = sockets[0].frames('renew').length ? Date.now() : undefined;
  }
  assert.ok(renewedAt <= until - 30_000, 'half a minute is left for it');
  assert.equal(sockets.length, 1);
});

test('a clock that is far off has nobody ask for tokens without pause', async () => {
  for (const off of [-3_600_000, 3_600_000]) {
    tearDown();
    setUp();
    const session = tokens();
    await connect({ token: session.token });
    sockets[0].accept();
    sockets[0].say(welcome(7, { until: Date.now() + 900_000 + off }), pageOf([], 7));
    for (let round = 0; round < 20; round += 1) {
      sockets[0].say('pong');
      await pass(30_000);
    }
    assert.equal(session.current, 'token 1', `${off}`);
  }
});

test('a computer that slept past the socket’s end comes back with another token', async () => {
  const session = tokens();
  await connectLive({ token: session.token });
  const now = Date.now();
  globalThis.Date.now = () => now + 3_600_000;
  session.current = 'token 2';
  fire('visibilitychange');
  await settle();
  assert.deepEqual([sockets.length, bearer(sockets[1])], [2, 'bearer.token 2']);
});

for (const code of ['unauthenticated', 'forbidden']) {
  test(`a renewal refused as ${code} makes it connect with another token`, async () => {
    const session = tokens();
    const { connection, seen } = await connectLive({ token: session.token });
    session.current = 'token 2';
    await pass(30_000);
    sockets[0].say('pong', { type: 'error', code, message: '' });
    await settle();
    assert.deepEqual([sockets.length, bearer(sockets[1])], [2, 'bearer.token 3']);
    assert.equal(sockets[1].url.searchParams.get('after'), '7');
    assert.equal(seen.frames.length, 2);
    assert.equal(connection.state.name, 'connecting');
  });
}

test('what else is forbidden is the owner’s business', async () => {
  const { seen } = await connectLive();
  sockets[0].say({ type: 'error', code: 'forbidden', message: '' });
  assert.equal(seen.frames.at(-1).code, 'forbidden');
  assert.equal(sockets.length, 1);
});

test('a socket whose session has ended comes back at once with another token', async () => {
  const session = tokens();
  const { names } = await connectLive({ token: session.token });
  sockets[0].end(4401);
  await settle();
  assert.deepEqual(session.asked, [undefined, 'token 1']);
  assert.equal(bearer(sockets[1]), 'bearer.token 2');
  assert.equal(sockets[1].url.searchParams.get('after'), '7');
  assert.deepEqual(names(), ['connecting', 'live', 'connecting']);
});

test('a server that ends every session is not asked without pause', async () => {
  const { connection, seen } = await connectLive({ token: tokens().token });
  const begin = () => {
    sockets.at(-1).accept();
    sockets.at(-1).say(welcome(7), pageOf([], 7));
  };
  sockets[0].end(4401);
  await settle();
  begin();
  sockets[1].end(4401);
  await settle();
  assert.equal(sockets.length, 2);
  assert.equal(seen.states.at(-1).nextAttemptAt - Date.now(), 2_000);
  await pass(2_000);
  begin();
  for (let beat = 0; beat < 2; beat += 1) {
    await pass(30_000);
    sockets[2].say('pong');
  }
  sockets[2].end(4401);
  await settle();
  assert.equal(sockets.length, 4, 'after a minute it is the first time again');
  assert.equal(connection.state.name, 'connecting');
});

test('it stops when no other token can be had, and waits for one when the server cannot say', async () => {
  const session = tokens();
  let failure = new ApiError(503, { code: 'unavailable' });
  const { connection } = await connectLive({
    token: async (options) => {
      if (options?.insteadOf !== undefined && failure) {
        throw failure;
      }
      return session.token(options);
    },
  });
  sockets[0].end(4401);
  await settle();
  assert.equal(connection.state.name, 'waiting');
  failure = new ApiError(401, { code: 'session_ended' });
  await pass(500);
  assert.deepEqual(connection.state, { name: 'stopped', reason: 'session_ended' });
  failure = undefined;
  connection.reconnect();
  await settle();
  assert.equal(bearer(sockets.at(-1)), 'bearer.token 2', 'the old one is not offered again');
});

test('1008 and 1009 stop it', async () => {
  for (const code of [1008, 1009]) {
    tearDown();
    setUp();
    const { connection } = await connectLive();
    sockets[0].end(code);
    assert.equal(connection.state.name, 'stopped');
  }
});

test('pings on every heartbeat, and drops a socket that does not answer', async () => {
  const { connection } = await connectLive();
  await pass(30_000);
  assert.deepEqual(sockets[0].sent, ['ping']);
  sockets[0].say('pong');
  await pass(30_000);
  assert.deepEqual(sockets[0].sent, ['ping', 'ping']);
  await pass(10_000);
  assert.equal(connection.state.name, 'waiting');
  assert.equal(sockets[0].readyState, 3);
});

test('does not wait for a socket that never gets anywhere', async () => {
  const { connection } = await connect();
  await pass(10_000);
  assert.equal(connection.state.name, 'waiting');
});

test('the network or the page coming back ends the wait', async () => {
  for (const type of ['online', 'pageshow', 'visibilitychange']) {
    tearDown();
    setUp();
    await connectLive();
    sockets[0].end();
    fire(type);
    await settle();
    assert.equal(sockets.length, 2, type);
  }
});

test('after sleep it does not wait for the dead socket', async () => {
  await connectLive();
  const now = Date.now();
  globalThis.Date.now = () => now + 41_000;
  fire('visibilitychange');
  await settle();
  assert.equal(sockets.length, 2);
  assert.equal(sockets[0].readyState, 3);
});

test('on a page that was merely hidden it only asks whether the socket is alive', async () => {
  await connectLive();
  fire('visibilitychange');
  await settle();
  assert.equal(sockets.length, 1);
  assert.deepEqual(sockets[0].sent, ['ping']);
});

test('says offline while there is no network, and goes on trying', async () => {
  const { connection, names } = await connectLive();
  navigator.onLine = false;
  fire('offline');
  assert.equal(connection.state.name, 'offline');
  await pass(500);
  sockets[1].end();
  await pass(1000);
  assert.deepEqual(names(), ['connecting', 'live', 'offline']);
  assert.equal(sockets.length, 3);
  navigator.onLine = true;
  fire('online');
  assert.equal(connection.state.name, 'connecting');
});

test('closing ends everything, even a token on its way', async () => {
  let give;
  const { connection } = await connect({ token: () => new Promise((resolve) => (give = resolve)) });
  connection.close();
  give('token');
  fire('online');
  await pass(60_000);
  assert.equal(sockets.length, 0);
  assert.deepEqual(connection.state, { name: 'idle' });
});

test('what an abandoned socket still says is not heard', async () => {
  const { connection, seen } = await connectLive();
  connection.reconnect();
  sockets[0].say({ type: 'typing' });
  sockets[0].end();
  await settle();
  assert.equal(seen.frames.length, 2);
  assert.equal(sockets.length, 2);
});

test('hears every frame of a message, in order, until one of them is the end of the socket', async () => {
  const { connection, seen, names } = await connect();
  sockets[0].accept();
  sockets[0].sayAtOnce(welcome(7), pageOf([], 7), 'pong', { type: 'typing' }, { type: 'presence' });
  assert.deepEqual(names(), ['connecting', 'live']);
  assert.deepEqual(
    seen.frames.map(({ type }) => type),
    ['welcome', 'page', 'typing', 'presence'],
  );
  sockets[0].sayAtOnce({ type: 'typing' }, { type: 'error', code: 'unauthenticated' }, { type: 'typing' });
  assert.equal(seen.frames.length, 5);
  assert.notEqual(connection.state.name, 'live');
});

test('ignores what is no JSON', async () => {
  const { connection } = await connectLive();
  sockets[0].say('hello');
  assert.equal(connection.state.name, 'live');
});
