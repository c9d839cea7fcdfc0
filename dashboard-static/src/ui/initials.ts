/**
 * A person in a letter or two, and in a colour that stays theirs.
 */
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What is nothing to see: controls, what only joins or turns other characters, blanks. */
const INVISIBLE = /[\p{C}\p{Z}\u034f\u115f\u1160\u2800\u3164\uffa0]/gu;

/** The first letters of the first and the last word, whole as a reader sees them: a flag, a family, an accented letter. */
export function initials(name: string): string {
  const words = name.split(/\s+/u).map(firstLetter).filter((letter) => letter !== '');
  const first = words[0] ?? '?';
  // Two pictures do not fit.
  return words.length > 1 && isLetter(first) && isLetter(words.at(-1) ?? '') ? first + (words.at(-1) ?? '') : first;
}

function firstLetter(word: string): string {
  for (const { segment } of segmenter.segment(word)) {
    // A joiner within a family or a flag of tags is part of what one sees; alone, it is nothing.
    if (segment.replaceAll(INVISIBLE, '') !== '') {
      return isLetter(segment) ? clipped(segment).toLocaleUpperCase() : segment;
    }
  }
  return '';
}

const isLetter = (segment: string) => /^[\p{L}\p{N}]/u.test(segment);

/** A letter with at most two marks: more of them would paint over what is around it. */
function clipped(letter: string): string {
  const [base = '', ...rest] = letter.normalize('NFC');
  return base + rest.filter((mark) => /\p{M}/u.test(mark)).slice(0, 2).join('');
}

/** Which of `count` colours an id has. */
export function colourOf(id: string, count: number): number {
  let hash = 0;
  for (const character of id) {
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  }
  return hash % count;
}
