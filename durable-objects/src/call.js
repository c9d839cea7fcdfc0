// What `call.rs` calls: an object is asked in one crossing between WebAssembly and JavaScript. The worker crate makes
// request, headers and stub one by one, and reads each answer as a stream.

/** Sends a JSON body to the object called `name`; gives the answer's status and text. */
export async function ask(env, binding, name, url, accept, body) {
  const answer = await stub(env, binding, name).fetch(url, { method: "POST", headers: { accept }, body });
  return { status: answer.status, text: await answer.text() };
}

/** Asks the object called `name` for a socket; gives its 101, or the text of its refusal. */
export async function upgrade(env, binding, name, headers) {
  const answer = await stub(env, binding, name).fetch("https://object/socket", {
    headers: { Upgrade: "websocket", ...JSON.parse(headers) },
  });
  return answer.status === 101 ? answer : answer.text();
}

// A stub may be broken after an exception, so each call makes its own.
function stub(env, binding, name) {
  if (!env[binding]) throw new Error("the configuration has no such binding");
  return env[binding].getByName(name);
}
