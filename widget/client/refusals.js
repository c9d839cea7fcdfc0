/**
 * What a refusal means: whether the same frame is worth repeating and when, and what to tell the person. The codes are
 * those of docs/PROTOCOL.md.
 *
 * @typedef {import('../../domain/bindings/wire.ts').ErrorCode} ErrorCode
 * @typedef {import('../../domain/bindings/wire.ts').FrameError} FrameError
 */

import { VISITOR_EDIT_WINDOW } from '../../domain/bindings/wire-values.js';

const TRY_AGAIN_AFTER = 1_000;

/**
 * After how many milliseconds the same may be sent again; `undefined` if it would only be refused again.
 *
 * @param {Pick<FrameError, 'code' | 'retryAfterMs'>} error
 */
export function pauseAfter({ code, retryAfterMs }) {
  return code === 'rate_limited' || code === 'internal' ? (retryAfterMs ?? TRY_AGAIN_AFTER) : undefined;
}

/**
 * What has no entry has no reason that a person could do anything with.
 *
 * @type {Readonly<Partial<Record<ErrorCode, string>>>}
 */
const REASONS = {
  conversation_closed: 'the conversation has ended',
  empty_message: 'there is no text in it',
  forbidden: 'you may not do this',
  frame_too_large: 'it is too long',
  message_too_long: 'it is too long',
  no_such_message: 'the message is gone',
  too_late: `it can only be changed for ${VISITOR_EDIT_WINDOW / 60_000} minutes`,
};

/**
 * Why a message, an edit or a deletion was not accepted, to be put after "Not sent: ", if it can be said to a person.
 *
 * @param {string} code
 * @returns {string | undefined}
 */
export function reasonFor(code) {
  return REASONS[/** @type {ErrorCode} */ (code)];
}
