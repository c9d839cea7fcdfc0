// What `cache.rs` calls: the binding `CACHE`, whose values are texts. All are asynchronous, so that a binding that is missing
// is a promise that is rejected, too.

/** The text under a key, or null. */
export async function get(env, key) {
  return env.CACHE.get(key);
}

/** Keeps a text under a key for so many seconds. */
export async function put(env, key, text, seconds) {
  await env.CACHE.put(key, text, { expirationTtl: seconds });
}

/** Forgets what is kept under a key. */
export async function forget(env, key) {
  await env.CACHE.delete(key);
}

/** The first keys that begin so, up to so many, a line each. */
export async function list(env, prefix, most) {
  const { keys } = await env.CACHE.list({ prefix, limit: most });
  return keys.map((key) => key.name).join("\n");
}
