/**
 * A button with commands behind it. By keyboard: Enter, Space and arrow down open it at the first, arrow up at the last;
 * arrows, Home, End and letters move, Enter does it, Escape and Tab leave. The focus goes back to the button first, so
 * that a dialog opened by a command gives it back there as well.
 */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';
import { Kbd } from './kbd.tsx';
import { TypeAhead, isPrintable, moved } from './list-keys.ts';
import { usePopover } from './popover.ts';
import './menu.css';

export interface MenuItem {
  label: string;
  icon?: IconName;
  /** What it means, below the label. */
  hint?: string;
  /** The key that does the same elsewhere, such as `E`. */
  shortcut?: string;
  danger?: boolean;
  disabled?: boolean;
  /** One of several that exclude each other, and whether it is the one. */
  checked?: boolean;
  /** Leads somewhere, rather than do something. */
  href?: string;
  onchoose?(): void;
}

/** What the button must be given. */
export type MenuTrigger = Pick<ReturnType<typeof usePopover>['trigger'], 'id' | 'ref' | 'popovertarget' | 'aria-expanded'> & {
  'aria-haspopup': 'menu';
  onKeyDown(event: KeyboardEvent): void;
};

interface Props {
  /** In groups, with a line between them. */
  groups: readonly (readonly MenuItem[])[];
  /** Who or what the commands are for, when they stand in a list of alike. */
  title?: string;
  alignEnd?: boolean;
  children(trigger: MenuTrigger): VNode;
}

export function Menu({ groups, title, alignEnd = false, children }: Props) {
  const opensAtEnd = useRef(false);
  const typing = useRef(new TypeAhead());
  const itemsOf = (surface: Element) => [...surface.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
  const popover = usePopover({
    alignEnd,
    onopen: (surface) => {
      const items = itemsOf(surface);
      (items.find((item) => item.ariaChecked === 'true') ?? (opensAtEnd.current ? items.at(-1) : items[0]))?.focus();
      opensAtEnd.current = false;
    },
  });

  const onTriggerKeyDown = (event: KeyboardEvent) => {
    if (['ArrowDown', 'ArrowUp', 'Enter', ' '].includes(event.key)) {
      event.preventDefault();
      opensAtEnd.current = event.key === 'ArrowUp';
      popover.show();
    }
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
    const items = itemsOf(event.currentTarget);
    const index = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape' || event.key === 'Tab') {
      // Tab goes on from the button.
      popover.hide();
      if (event.key === 'Tab') {
        return;
      }
    } else if (isPrintable(event) && (event.key !== ' ' || typing.current.isTyping())) {
      items[typing.current.find(event.key, items.map((item) => item.dataset['label'] ?? ''), index) ?? index]?.focus();
    } else {
      const next = moved(event.key, index, items.length, { wraps: true });
      if (next === undefined) {
        return;
      }
      items[next]?.focus();
    }
    event.preventDefault();
  };

  return (
    <>
      {children({ ...popover.trigger, 'aria-haspopup': 'menu', onKeyDown: onTriggerKeyDown })}
      <div
        {...popover.surface}
        class={alignEnd ? 'popover popover-end menu' : 'popover menu'}
        role="menu"
        aria-labelledby={popover.trigger.id}
        onKeyDown={onKeyDown}
      >
        {title !== undefined && (
          <p class="menu-title" role="presentation" dir="auto">
            {title}
          </p>
        )}
        {popover.open &&
          groups
            .filter((items) => items.length > 0)
            .map((items, index) => (
              <>
                {index > 0 && <hr class="menu-line" />}
                {items.map((item) => (
                  <Item
                    key={item.label}
                    item={item}
                    onchoose={() => {
                      popover.hide();
                      item.onchoose?.();
                    }}
                  />
                ))}
              </>
            ))}
      </div>
    </>
  );
}

function Item({ item, onchoose }: { item: MenuItem; onchoose(): void }) {
  const { label, icon, hint, shortcut, danger = false, disabled = false, checked, href } = item;
  const attributes = {
    class: danger ? 'menu-item menu-item-danger' : 'menu-item',
    tabIndex: -1,
    'data-label': label,
    ...(disabled && { 'aria-disabled': true }),
    ...(shortcut !== undefined && { 'aria-keyshortcuts': shortcut }),
    onPointerMove: ({ currentTarget, pointerType }: PointerEvent) => {
      if (pointerType === 'mouse' && document.activeElement !== currentTarget) {
        (currentTarget as HTMLElement).focus({ preventScroll: true });
      }
    },
    onClick: (event: Event) => {
      if (disabled) {
        event.preventDefault();
      } else {
        onchoose();
      }
    },
  };
  const content = (
    <>
      {icon && <Icon name={icon} />}
      <span class="menu-label">
        {label}
        {hint !== undefined && <span class="menu-hint">{hint}</span>}
      </span>
      {shortcut !== undefined && <Kbd keys={shortcut} />}
      {checked && <Icon name="check" />}
    </>
  );
  if (href !== undefined) {
    return (
      <a role="menuitem" href={href} {...attributes}>
        {content}
      </a>
    );
  }
  return (
    <button
      type="button"
      {...(checked === undefined ? { role: 'menuitem' } : { role: 'menuitemradio', 'aria-checked': checked })}
      {...attributes}
    >
      {content}
    </button>
  );
}
