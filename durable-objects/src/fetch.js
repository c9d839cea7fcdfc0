// reqwest, compiled for JavaScript, has no way to say `redirect: "manual"`, and `fetch` would repeat a request's headers,
// the key of the document store among them, to whatever address a redirect names. Nothing in this Worker needs redirects
// to be followed, so none is.

let refused = false;

export function refuseRedirects() {
  if (refused) return;
  refused = true;
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => fetch(input, { ...init, redirect: "manual" });
}
