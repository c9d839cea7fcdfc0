/** The languages and time zones there are to choose from, in words. */
import type { Language } from '@wire';
import { LANGUAGE } from '../strings/plural.ts';

/** Those that mails are written in. */
export const LANGUAGES: readonly Language[] = ['en', 'de', 'fr', 'es'];

const names = new Intl.DisplayNames(LANGUAGE, { type: 'language' });

interface Choice {
  value: string;
  label: string;
}

/** What one has already is among them, whatever it is; `''` stands for nothing. */
export function languageChoices(present = ''): Choice[] {
  return withPresent(LANGUAGES, present).map((value) => ({ value, label: names.of(value) ?? value }));
}

export function timeZoneChoices(present = ''): Choice[] {
  return withPresent(Intl.supportedValuesOf('timeZone'), present).map((value) => ({ value, label: value.replaceAll('_', ' ') }));
}

function withPresent(values: readonly string[], present: string): readonly string[] {
  return present === '' || values.includes(present) ? values : [present, ...values];
}
