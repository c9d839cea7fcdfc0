// A moment as people write it: "3 December 2026 at 14:05 CET". A time zone that this runtime does not know is UTC.
export function moment(at, language, timeZone) {
  const write = (zone) =>
    new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
      year: "numeric",
      month: "long",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZone: zone,
      timeZoneName: "short",
    }).format(at);
  try {
    return write(timeZone);
  } catch {
    return write("UTC");
  }
}

/** Posts a mail to a provider; gives the answer's status, how long it asks to wait, and its text. It is given up after so many
 * milliseconds: the status is 0 then. Redirects are not followed: whoever one names would get the key. */
export async function post(url, headers, body, patience) {
  const controller = new AbortController();
  const { signal } = controller;
  const timer = setTimeout(() => controller.abort(), patience);
  try {
    const answer = await fetch(url, { method: "POST", headers: JSON.parse(headers), body, redirect: "manual", signal });
    return { status: answer.status, retryAfter: answer.headers.get("retry-after"), text: await answer.text() };
  } catch (error) {
    if (signal.aborted) return { status: 0, retryAfter: null, text: "" };
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
