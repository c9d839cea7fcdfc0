/**
 * What a conversation looks like from outside, whoever shows it: the one type that panel and dashboard draw from.
 *
 * @typedef {import('../../domain/bindings/wire.ts').Actor} Actor
 * @typedef {import('../../domain/bindings/wire.ts').Conversation} Conversation
 *
 * @typedef {object} ConversationState
 * @property {import('./connection.js').ConnectionState} connection
 * @property {boolean} caughtUp Whether all that was stored is here and events come live.
 * @property {Conversation | undefined} conversation `undefined` until first welcomed.
 * @property {import('./shown-messages.js').ShownMessage[]} messages In order; those not stored yet come last.
 * @property {boolean} delivered Whether nothing waits to be delivered; what was refused waits for the person alone.
 * @property {import('./event-log.js').Notice[]} notices Changes of status, assignment and tags, in order.
 * @property {number} unread Messages of the other side, among those that are here, that this side hasn't read.
 * @property {Actor[]} typing
 * @property {import('../../domain/bindings/wire.ts').Present[]} present
 * @property {import('../../domain/bindings/wire.ts').ReadMarks} read
 * @property {boolean} hasOlder
 * @property {boolean} loadingOlder
 * @property {{ code: string, message: string } | undefined} error The last refusal that is about no message.
 */

/** The state of a conversation of which nothing is known. @type {Readonly<ConversationState>} */
export const NOTHING_KNOWN = {
  connection: { name: 'idle' },
  caughtUp: false,
  conversation: undefined,
  messages: [],
  delivered: true,
  notices: [],
  unread: 0,
  typing: [],
  present: [],
  read: { visitor: 0, agents: 0 },
  hasOlder: false,
  loadingOlder: false,
  error: undefined,
};
