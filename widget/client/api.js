/**
 * Requests to the REST API, as docs/API.md describes it. Promises that a failure is always one of two things: an
 * `ApiError`, when the server said no and why, or the browser's own error, when it could not be asked.
 *
 * @typedef {import('../../domain/bindings/wire.ts').Problem} Problem
 * @typedef {Problem['code'] | 'unknown'} ProblemCode `unknown` where the answer is not the server's own.
 * @typedef {(options?: { insteadOf?: string }) => Promise<string>} TokenSource Gives an access token that is good for a
 *   while; one other than `insteadOf`, if the server did not take that or soon won't.
 */

const TIMEOUT = 15_000;

/** The server's refusal. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {Partial<Problem>} problem
   * @param {number | undefined} retryAfterMs
   */
  constructor(status, problem, retryAfterMs) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.name = 'ApiError';
    this.status = status;
    /** @type {ProblemCode} */
    this.code = problem.code ?? 'unknown';
    this.requestId = problem.requestId;
    /** What is wrong with which field of the body. */
    this.errors = problem.errors ?? [];
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may succeed later. */
  get isTemporary() {
    return this.status === 429 || this.status >= 500;
  }
}

/**
 * Asks once. Resolves with the parsed body, or `undefined` for an empty one.
 *
 * @param {string} url
 * @param {{ method?: string, body?: unknown, headers?: Record<string, string>, token?: string }} [options]
 * @returns {Promise<any>}
 */
export async function request(url, { method = 'GET', body, headers, token } = {}) {
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (response.ok) {
    return response.status === 204 ? undefined : response.json();
  }
  const retryAfter = Number(response.headers.get('retry-after'));
  const problem = await response.json().catch(() => ({}));
  throw new ApiError(response.status, problem, retryAfter > 0 ? retryAfter * 1000 : undefined);
}

/**
 * Asks as the holder of a token; a token that is no longer good is replaced once.
 *
 * @param {TokenSource} token
 * @param {string} url
 * @param {{ method?: string, body?: unknown, headers?: Record<string, string> }} [options]
 * @returns {Promise<any>}
 */
export async function authorizedRequest(token, url, options) {
  const first = await token();
  try {
    return await request(url, { ...options, token: first });
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      return request(url, { ...options, token: await token({ insteadOf: first }) });
    }
    throw error;
  }
}

/**
 * The address of a socket on the server that answers at `baseUrl`.
 *
 * @param {string} baseUrl
 * @param {string} path
 * @param {number | undefined} after The last `seq` that is already here.
 */
export function socketUrl(baseUrl, path, after) {
  const url = new URL(baseUrl + path, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  if (after !== undefined) {
    url.searchParams.set('after', String(after));
  }
  return url.href;
}
