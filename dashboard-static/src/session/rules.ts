/** The rules of names, addresses and passwords, in docs/API.md: told before the server has to. */
import { NAME_CHARACTERS, PASSWORD_CHARACTERS } from '../../../domain/bindings/wire-values.js';
import { strings } from '../strings/session.ts';

export const [SHORTEST_PASSWORD, LONGEST_PASSWORD] = PASSWORD_CHARACTERS;

type Rule = (value: string) => string | undefined;

export const accountRules = {
  name: (value) => {
    const length = [...value.trim()].length;
    return length === 0 ? strings.nameMissing : length > NAME_CHARACTERS ? strings.nameTooLong(NAME_CHARACTERS) : undefined;
  },
  email: (value) =>
    value.trim() === '' ? strings.emailMissing : /^[^\s@]+@[^\s@]+$/.test(value.trim()) ? undefined : strings.emailWrong,
  password: (value) => {
    const length = [...value].length;
    if (length === 0) {
      return strings.passwordNew;
    }
    if (length < SHORTEST_PASSWORD) {
      return strings.passwordTooShort(SHORTEST_PASSWORD, length);
    }
    return length > LONGEST_PASSWORD ? strings.passwordTooLong(LONGEST_PASSWORD, length) : undefined;
  },
} as const satisfies Record<string, Rule>;

export const setupRules = {
  ...accountRules,
  setupToken: (value) => (value.trim() === '' ? strings.tokenMissing : undefined),
} as const satisfies Record<string, Rule>;
