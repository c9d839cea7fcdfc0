// Generated from domain/src/wire by `cargo xtask types`. Do not edit.

/** The WebSocket subprotocol both sides speak. */
export const SUBPROTOCOL = 'voxora.v1';

/** The prefix of the second subprotocol, which carries the access token. */
export const BEARER_SUBPROTOCOL_PREFIX = 'bearer.';

/** Close code: the socket's token ran out, or its session or rights ended. Fetch a fresh token and connect again. */
export const CLOSE_SESSION_ENDED = 4401;

/** Close code: the document store has lost part of the conversation's archived history. Do not connect again. */
export const CLOSE_HISTORY_LOST = 4410;

/** Close code: whoever holds the socket may not see the conversation any more. Do not connect again. */
export const CLOSE_OUT_OF_REACH = 4403;

/** The largest frame a client may send, in bytes. */
export const FRAME_BYTES = 131072;

/** The longest message or note, in Unicode code points. */
export const MESSAGE_CHARACTERS = 10000;

/** The longest `clientId`, in bytes. */
export const CLIENT_ID_BYTES = 64;

/** How often a client pings, in seconds. */
export const HEARTBEAT_SECONDS = 30;

/** The most tags a conversation may have. */
export const TAGS_PER_CONVERSATION = 20;

/** For how long a visitor may edit or delete their own message, in milliseconds. */
export const VISITOR_EDIT_WINDOW = 900000;

/** The longest name of a person, in code points. */
export const NAME_CHARACTERS = 100;

/** How long a password is at least and at most, in code points. @type {[number, number]} */
export const PASSWORD_CHARACTERS = [10,200];

/** The names of all permissions. */
export const PERMISSIONS = /** @type {const} */ ([
  'start_conversations',
  'read_conversations',
  'write_messages',
  'read_notes',
  'write_notes',
  'delete_messages',
  'update_conversations',
  'tag_conversations',
  'follow_inbox',
  'read_own_account',
  'update_own_account',
  'read_people',
  'manage_people',
  'manage_roles',
  'read_departments',
  'manage_departments',
  'manage_settings',
  'read_tags',
  'manage_tags',
  'manage_outbox',
  'manage_jobs',
  'export_documents',
  'import_documents',
]);
