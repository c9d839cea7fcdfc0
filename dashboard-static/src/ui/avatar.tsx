import { initials } from '@client/graphemes.js';
import type { Actor } from '@wire';

const COLOURS = 6;

/** A round sign for a person: their initials, in a colour that stays theirs. */
export function Avatar({ actor }: { actor: Actor }) {
  let hash = 0;
  for (const character of actor.id) {
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  }
  return (
    <span class={`avatar avatar-${hash % COLOURS}`} aria-hidden="true">
      {initials(actor.name, 2)}
    </span>
  );
}
