/**
 * What is pressed. A button that cannot be pressed just now stays reachable and says so; pressing it does nothing. One
 * whose work is under way shows that without changing its size.
 */
import type { ButtonHTMLAttributes, ComponentChildren, Ref } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import { Spinner } from './progress.tsx';
import './button.css';

type Native = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled' | 'icon' | 'label' | 'size' | 'ref'>;

interface Shared extends Native {
  disabled?: boolean | undefined;
  busy?: boolean | undefined;
  ref?: Ref<HTMLButtonElement> | undefined;
}

interface ButtonProps extends Shared {
  kind?: 'primary' | 'secondary' | 'quiet' | 'danger';
  size?: 'normal' | 'small';
  icon?: IconName | undefined;
  children: ComponentChildren;
}

export function Button({ kind = 'secondary', size = 'normal', icon, children, class: extra, ...rest }: ButtonProps) {
  return (
    <button {...attributes(rest)} class={`button button-${kind} button-${size} ${extra ?? ''}`}>
      {icon && <Icon name={icon} />}
      <span class="button-label">{children}</span>
      {rest.busy && <Spinner />}
    </button>
  );
}

interface IconButtonProps extends Shared {
  icon: IconName;
  /** Its name, which is also shown beside it to whoever points at it or reaches it by keyboard. */
  label: string;
  size?: 'normal' | 'small';
  /** The key that does the same, as `aria-keyshortcuts` has it. */
  shortcut?: string | undefined;
  /** For one that stays down: whether it is. */
  pressed?: boolean | undefined;
}

export function IconButton({ icon, label, size = 'normal', shortcut, pressed, class: extra, ...rest }: IconButtonProps) {
  return (
    <button
      {...attributes(rest)}
      class={`icon-button icon-button-${size} ${extra ?? ''}`}
      aria-label={label}
      data-tooltip={label}
      {...(shortcut !== undefined && { 'aria-keyshortcuts': shortcut })}
      {...(pressed !== undefined && { 'aria-pressed': pressed })}
    >
      {rest.busy ? <Spinner /> : <Icon name={icon} />}
    </button>
  );
}

function attributes({ disabled = false, busy = false, onClick, ...rest }: Shared): ButtonHTMLAttributes<HTMLButtonElement> {
  const idle = disabled || busy;
  return {
    type: 'button',
    ...rest,
    ...(idle && { 'aria-disabled': true }),
    ...(busy && { 'aria-busy': true }),
    onClick: (event) => {
      if (idle) {
        // Enter in a form's field presses its button as well.
        event.preventDefault();
        event.stopPropagation();
      } else if (typeof onClick === 'function') {
        onClick(event);
      }
    },
  } as ButtonHTMLAttributes<HTMLButtonElement>;
}
