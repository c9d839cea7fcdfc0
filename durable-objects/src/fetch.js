// What `fetch.rs` calls.

/** Posts a text. `answered` comes to the status, `Retry-After` and the body, which is null where it has more than `most` bytes. */
export function post(url, headers, body, most) {
  const controller = new AbortController();
  const init = { method: "POST", headers: JSON.parse(headers), body, redirect: "manual", signal: controller.signal };
  return { answered: exchange(url, init, most), abort: () => controller.abort() };
}

async function exchange(url, init, most) {
  const answer = await fetch(url, init);
  const { status, headers } = answer;
  const retryAfter = headers.get("retry-after");
  // One that does not say its length is refused only once it is here.
  if (Number(headers.get("content-length")) > most) {
    await answer.body?.cancel();
    return { status, retryAfter, body: null };
  }
  const body = new Uint8Array(await answer.arrayBuffer());
  return { status, retryAfter, body: body.length > most ? null : body };
}
