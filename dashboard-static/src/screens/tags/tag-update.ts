import type { UpdateTag } from '@wire';

/** What is sent of a tag's form. */
export function updateOf({ name, color, description }: { name: string; color: string; description: string }): UpdateTag {
  return { name: name.trim(), color, description: description.trim() === '' ? null : description.trim() };
}
