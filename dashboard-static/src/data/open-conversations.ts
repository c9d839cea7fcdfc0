/**
 * The conversations that this tab is connected to: the one on screen, and any other with something still to be
 * delivered. Promises that what was sent goes out even when its author has turned to another conversation, or has
 * reloaded the page elsewhere; and that one which was on screen a while ago is shown at once when it comes back, as it
 * was, until it is up to date.
 */
import type { TokenSource } from '@client/api.js';
import type { ConnectionState, StopReason } from '@client/connection.js';
import { ConversationClient } from '@client/conversation.js';
import type { EventLog } from '@client/event-log.js';
import { Store } from '@client/observable.js';
import { conversationsWithOutbox } from '@client/outbox.js';
import { pageStorage } from '@client/facilities.js';
import type { Actor, User } from '@wire';

interface Shown {
  id: string;
  client: ConversationClient;
}

interface State {
  shown: Shown | undefined;
  /** The connection of the conversation on screen, as far as the whole dashboard is concerned. */
  connection: ConnectionState | undefined;
}

/** How many conversations are remembered. */
const REMEMBERED = 30;

export class OpenConversations extends Store<State> {
  #token: TokenSource;
  #me: Actor;
  #storage = pageStorage();
  #clients = new Map<string, ConversationClient>();
  /** What is known of those that are not connected, the one that was seen last at the end. */
  #known = new Map<string, EventLog>();

  constructor(token: TokenSource, user: User) {
    super({ shown: undefined, connection: undefined });
    this.#token = token;
    this.#me = { kind: 'agent', id: user.id, name: user.name };
    for (const id of conversationsWithOutbox(this.#storage, user.id)) {
      this.#closeIfDone(id, this.#open(id));
    }
  }

  /** Puts a conversation on screen, in place of the one before. */
  show(id: string | undefined): void {
    if (id === this.state.shown?.id) {
      return;
    }
    const before = this.state.shown;
    const shown = id === undefined ? undefined : { id, client: this.#open(id) };
    this.set({ shown, connection: connectionOf(shown?.client) });
    if (before) {
      this.#closeIfDone(before.id, before.client);
    }
  }

  /** The last event of a conversation that is known here. */
  head(id: string): number | undefined {
    return (this.#clients.get(id)?.log ?? this.#known.get(id))?.conversation?.head;
  }

  reconnect(): void {
    for (const client of this.#clients.values()) {
      client.reconnect();
    }
  }

  close(): void {
    for (const client of this.#clients.values()) {
      client.close();
    }
    this.#clients.clear();
    this.#known.clear();
  }

  #open(id: string): ConversationClient {
    const open = this.#clients.get(id);
    if (open) {
      return open;
    }
    const log = this.#known.get(id);
    this.#known.delete(id);
    const client = new ConversationClient({
      id,
      token: this.#token,
      me: this.#me,
      storage: this.#storage,
      ...(log && { log }),
    });
    this.#clients.set(id, client);
    client.subscribe(() => {
      if (this.state.shown?.client === client) {
        const connection = connectionOf(client);
        if (connection !== this.state.connection) {
          this.set({ ...this.state, connection });
        }
      } else {
        this.#closeIfDone(id, client);
      }
    });
    client.open();
    return client;
  }

  #closeIfDone(id: string, client: ConversationClient): void {
    const { delivered, connection } = client.state;
    if (delivered || connection.name === 'stopped') {
      client.close();
      if (this.#clients.get(id) === client) {
        this.#clients.delete(id);
        if (!isRefused(connection)) {
          this.#remember(id, client.log);
        }
      }
    }
  }

  /** What nothing has come of is not worth remembering. What was refused must not be: whoever saw it may see it no more. */
  #remember(id: string, log: EventLog): void {
    if (log.last !== undefined) {
      this.#known.set(id, log);
      const [oldest] = this.#known.keys();
      if (this.#known.size > REMEMBERED && oldest !== undefined) {
        this.#known.delete(oldest);
      }
    }
  }
}

/** A conversation that does not exist is told of where it would be, not as a fault of the connection. */
function connectionOf(client: ConversationClient | undefined): ConnectionState | undefined {
  const connection = client?.state.connection;
  return connection && isRefused(connection) ? undefined : connection;
}

function isRefused(connection: ConnectionState): boolean {
  return connection.name === 'stopped' && isAboutConversation(connection.reason);
}

const ABOUT_CONVERSATION: readonly StopReason[] = ['not_found', 'forbidden', 'invalid_request', 'history_lost'];

export function isAboutConversation(reason: StopReason): boolean {
  return ABOUT_CONVERSATION.includes(reason);
}
