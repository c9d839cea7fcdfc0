// Making one takes a while, and keeps some ten kilobytes.
const formats = new Map();

// How many seconds the clocks of a zone are ahead of UTC; NaN of one that the runtime does not know.
export function ahead(zone, at) {
  let format = formats.get(zone);
  if (!format) {
    if (formats.size === 50) formats.clear();
    try {
      format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    } catch {
      return NaN;
    }
    formats.set(zone, format);
  }
  // 1/1/2026, GMT+05:45
  const said = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(at));
  if (!said) return NaN;
  const [, sign, hours = 0, minutes = 0, seconds = 0] = said;
  return (sign === '-' ? -1 : 1) * (hours * 3600 + minutes * 60 + +seconds);
}
