/**
 * How many of something, in words. A language has up to six forms for that; which one a number takes `Intl` knows.
 */

/** The language of the words in this folder. One more language is one more set of files of the same types. */
export const LANGUAGE = 'en';

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

const rules = new Intl.PluralRules(LANGUAGE);
const number = new Intl.NumberFormat(LANGUAGE);

/** The form for `count`, with the number where it says `#`. */
export function plural(count: number, forms: Forms): string {
  return (forms[rules.select(count)] ?? forms.other).replaceAll('#', number.format(count));
}

/** Names or words one after the other, as a sentence has them: "Ada, Bo and Cy". */
export function list(words: readonly string[]): string {
  return new Intl.ListFormat(LANGUAGE).format(words);
}
