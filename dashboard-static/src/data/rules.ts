/** The rules of what a team gives names to, in docs/API.md: told before the server has to. */
import { NAME_CHARACTERS } from '../../../domain/bindings/wire-values.js';
import { strings } from '../strings/ui.ts';

const DESCRIPTION_CHARACTERS = 1_000;

export const namedRules = {
  name: (value: string) => {
    const length = [...value.trim()].length;
    return length === 0 ? strings.nameMissing : length > NAME_CHARACTERS ? strings.nameTooLong(NAME_CHARACTERS) : undefined;
  },
  description: (value: string) =>
    [...value.trim()].length > DESCRIPTION_CHARACTERS ? strings.descriptionTooLong(DESCRIPTION_CHARACTERS) : undefined,
};
