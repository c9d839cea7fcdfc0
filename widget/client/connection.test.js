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

test('ignores what is no JSON', async () => {
  const { connection } = await connectLive();
  sockets[0].say('hello');
  assert.equal(connection.state.name, 'live');
});
