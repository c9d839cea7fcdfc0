// Fills a deployment with the demo's team and its conversations, over the API alone: `node tests/demo/seed.mjs ORIGIN`, with
// SETUP_TOKEN in the environment. Twice does no harm: what is there is left as it is.

import { documents } from "./documents.mjs";
import { PASSWORD } from "./team.mjs";

/** How many documents one request may bring. */
const MOST = 200;

/**
 * @param {string} origin
 * @param {{ setupToken: string, now?: number }} options `now`: when the demo is.
 * @returns {Promise<number>} how many documents were new.
 */
export async function seed(origin, { setupToken, now = Date.now() }) {
  const { users, ...rest } = documents(now);
  const opened = await write(origin, "users", users, setupToken);
  // Somebody has set it up before: this seed, or somebody else.
  if (opened.status !== 200 && opened.status !== 409) throw new Error(`users: ${opened.status} ${await opened.text()}`);
  const token = await logIn(origin, users[0].email);
  let inserted = 0;
  for (const [collection, found] of Object.entries(rest)) {
    for (let from = 0; from < found.length; from += MOST) {
      const answer = await write(origin, collection, found.slice(from, from + MOST), token);
      if (!answer.ok) throw new Error(`${collection}: ${answer.status} ${await answer.text()}`);
      inserted += (await answer.json()).inserted;
    }
  }
  return inserted;
}

function write(origin, collection, found, token) {
  return fetch(`${origin}/api/v1/import/${collection}`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson", authorization: `Bearer ${token}` },
    body: found.map((document) => JSON.stringify(document)).join("\n"),
  });
}

async function logIn(origin, email) {
  const answer = await fetch(`${origin}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  if (!answer.ok) throw new Error(`This deployment has a team of its own: ${email} cannot sign in (${await answer.text()}).`);
  return (await answer.json()).accessToken;
}

if (process.argv[1] === import.meta.filename) {
  await seed(process.argv[2], { setupToken: process.env.SETUP_TOKEN });
}
