/** How long something takes, as people write it: `90 s`, `5 min`, `1 h 30 min`, `2 d`. A number alone is minutes. */
const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

const PART = /^(\d{1,6})\s*(days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s|)\s*/;

/** In seconds; nothing where it is no such text. */
export function secondsOf(text: string): number | undefined {
  let rest = text.trim().toLowerCase();
  let seconds = 0;
  do {
    const [part, count, name] = PART.exec(rest) ?? [];
    if (part === undefined || (name === '' && part.length < text.trim().length)) {
      return undefined;
    }
    const [, size] = UNITS.find(([unit]) => unit.charAt(0) === (name || 'm').charAt(0)) ?? UNITS[2];
    seconds += Number(count) * size;
    rest = rest.slice(part.length);
  } while (rest !== '');
  return seconds;
}

export function spanOf(seconds: number): string {
  let left = seconds;
  const parts = UNITS.flatMap(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count > 0 ? [`${count} ${unit}`] : [];
  });
  return parts.length === 0 ? '0 min' : parts.join(' ');
}
