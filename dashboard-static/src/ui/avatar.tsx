import { initials } from '@client/graphemes.js';
import type { Actor } from '@wire';
import { colourOf } from './colour-of.ts';
import { nameOf } from './name-of.ts';
import './avatar.css';

const COLOURS = 8;

interface Props {
  actor: Pick<Actor, 'id' | 'name'>;
  size?: 'small' | 'normal' | 'large';
  /** A dot: here now, or not. Say it in words as well. */
  present?: boolean;
}

/** A round sign for a person: their initials, in a colour that stays theirs. Decoration: the name stands beside it. */
export function Avatar({ actor, size = 'normal', present }: Props) {
  return (
    <span class={`avatar avatar-${size} avatar-${colourOf(actor.id, COLOURS)}`} aria-hidden="true">
      {initials(nameOf(actor), 2)}
      {present !== undefined && <span class={present ? 'avatar-dot avatar-present' : 'avatar-dot'} />}
    </span>
  );
}
