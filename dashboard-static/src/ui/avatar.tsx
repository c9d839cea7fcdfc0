import { initials } from '@client/graphemes.js';
import type { Actor, Presence } from '@wire';
import { colourOf } from './colour-of.ts';
import { nameOf } from './name-of.ts';
import './avatar.css';

const COLOURS = 8;

interface Props {
  actor: Pick<Actor, 'id' | 'name'>;
  size?: 'small' | 'normal' | 'large';
  /** A dot of a shape and a colour for each. Say it in words as well. */
  presence?: Presence | undefined;
}

/** A round sign for a person: their initials, in a colour that stays theirs. Decoration: the name stands beside it. */
export function Avatar({ actor, size = 'normal', presence }: Props) {
  return (
    <span class={`avatar avatar-${size} avatar-${colourOf(actor.id, COLOURS)}`} aria-hidden="true">
      {initials(nameOf(actor), 2)}
      {presence && <span class={`avatar-dot avatar-${presence}`} />}
    </span>
  );
}
