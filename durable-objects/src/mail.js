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
