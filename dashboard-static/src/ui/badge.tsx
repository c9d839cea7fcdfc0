/**
 * Small facts: how many wait, how something stands, which tags it has.
 */
import type { ComponentChildren } from 'preact';
import { strings } from '../strings/ui.ts';
import { Icon, type IconName } from './icon.tsx';
import { IconButton } from './button.tsx';
import { ColourDot } from './listbox.tsx';
import './badge.css';

const MOST = 99;

/** A number that wants attention, such as of unread messages; `label` says of what. */
export function Count({ count, label = strings.unread(count) }: { count: number; label?: string }) {
  return (
    <span class="count">
      <span aria-hidden="true">{count > MOST ? `${MOST}+` : count}</span>
      <span class="hidden-label">{label}</span>
    </span>
  );
}

export type Tone = 'neutral' | 'accent' | 'good' | 'warning' | 'bad';

/** How something stands, in a word. */
export function Badge({ tone = 'neutral', icon, children }: { tone?: Tone; icon?: IconName; children: ComponentChildren }) {
  return (
    <span class={`badge badge-${tone}`}>
      {icon && <Icon name={icon} />}
      {children}
    </span>
  );
}

/** A tag: a dot of its colour and its name, which somebody chose. */
export function TagChip({ name, colour, onremove, removeLabel }: { name: string; colour: string; onremove?: () => void; removeLabel?: string }) {
  return (
    <span class="tag-chip">
      <ColourDot colour={colour} />
      <bdi class="tag-name">{name}</bdi>
      {onremove && <IconButton class="tag-remove" icon="close" size="small" label={removeLabel ?? strings.clear(name)} onClick={onremove} />}
    </span>
  );
}
