/**
 * How long something takes, in words as short as they can be: its two largest units, in the reader's language.
 */
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

export function duration(milliseconds: number, { locale, long = false }: { locale?: string; long?: boolean } = {}): string {
  let seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size);
    if (count > 0 || (unit === 'second' && parts.length === 0)) {
      parts.push(new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: long ? 'long' : 'narrow' }).format(count));
    } else if (parts.length > 0) {
      // "1 d 3 min" would be more exact than anyone reads.
      break;
    }
    seconds -= count * size;
    if (parts.length === 2) {
      break;
    }
  }
  return new Intl.ListFormat(locale, { type: 'unit', style: long ? 'long' : 'narrow' }).format(parts);
}
