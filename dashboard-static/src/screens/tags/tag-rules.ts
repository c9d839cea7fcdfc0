/** The rules of a tag, in docs/API.md: told before the server has to. And which colours there are to choose from. */
import type { UpdateTag } from '@wire';
import { strings } from '../../strings/tags.ts';

const NAME_CHARACTERS = 100;
const DESCRIPTION_CHARACTERS = 1_000;

/** Each can be told from its neighbours, and from the ground in light and in dark. */
export const COLOURS = [
  '#1c7ed6',
  '#6741d9',
  '#c2255c',
  '#d92d20',
  '#e8590c',
  '#b7791f',
  '#2f9e44',
  '#0c8599',
  '#687076',
] as const;

export const tagRules = {
  name: (value: string) => {
    const length = [...value.trim()].length;
    return length === 0 ? strings.nameMissing : length > NAME_CHARACTERS ? strings.nameTooLong(NAME_CHARACTERS) : undefined;
  },
  description: (value: string) =>
    [...value.trim()].length > DESCRIPTION_CHARACTERS ? strings.descriptionTooLong(DESCRIPTION_CHARACTERS) : undefined,
};

export function updateOf({ name, color, description }: { name: string; color: string; description: string }): UpdateTag {
  return { name: name.trim(), color, description: description.trim() === '' ? null : description.trim() };
}
