/**
 * Nothing is here: why, and what to do about it. A picture made of the family's icons, a sentence, one way on.
 */
import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import './empty.css';

interface Props {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
  /** Read out at once, because it stands in place of what was expected. */
  urgent?: boolean;
}

export function Empty({ icon, title, children, urgent = false }: Props) {
  return (
    <div class="empty" {...(urgent && { role: 'alert' as const })}>
      {icon && (
        <span class="empty-icon" aria-hidden="true">
          <Icon name={icon} />
        </span>
      )}
      <h2>{title}</h2>
      {children}
    </div>
  );
}
