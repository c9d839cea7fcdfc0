// The floor: the least that a Durable Object can do and still be called a room. It stores each message with one
// INSERT, sends it to every socket and acks it to its sender, over the same hibernation API as ours. It asks nobody who
// they are, checks nothing, recognises no repeat and replays nothing.

import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.sql = state.storage.sql;
    this.sql.exec(
      "CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, client_id TEXT NOT NULL, text TEXT NOT NULL)",
    );
  }

  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(sender, frame) {
    const { clientId, text } = JSON.parse(frame);
    const at = Date.now();
    const { seq } = this.sql
      .exec("INSERT INTO messages (at, client_id, text) VALUES (?, ?, ?) RETURNING seq", at, clientId, text)
      .one();
    const event = JSON.stringify({ type: "event", seq, at, clientId, text });
    for (const socket of this.ctx.getWebSockets()) socket.send(event);
    sender.send(JSON.stringify({ type: "ack", clientId, seq, at }));
  }

  webSocketClose(socket, code) {
    socket.close(code);
  }
}

export default {
  fetch(request, env) {
    return env.ROOM.getByName(new URL(request.url).pathname).fetch(request);
  },
};
