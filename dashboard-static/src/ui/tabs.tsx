/**
 * Several things in one place, of which one is shown. Arrows along the line of writing, Home and End go from tab to tab
 * and show each at once.
 */
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';
import { alongLine, moved } from './list-keys.ts';
import './tabs.css';

export interface TabItem<Name extends string = string> {
  name: Name;
  label: string;
  icon?: IconName;
  count?: number;
  shortcuts?: string;
}

interface Props<Name extends string> {
  label: string;
  tabs: readonly TabItem<Name>[];
  chosen: Name;
  onchange(name: NoInfer<Name>): void;
  children: ComponentChildren;
}

export function Tabs<Name extends string>({ children, ...list }: Props<Name>) {
  const id = useId();
  return (
    <>
      <TabList {...list} id={id} />
      <div class="tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${list.chosen}`}>
        {children}
      </div>
    </>
  );
}

/** The tabs alone; their panel has the ids `ID-panel`, and is labelled by `ID-NAME`. */
export function TabList<Name extends string>({
  id,
  label,
  tabs,
  chosen,
  onchange,
  onpress,
}: Omit<Props<Name>, 'children'> & { id: string; /** Called after a press, but not after moving by keyboard. */ onpress?: () => void }) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !list.current) {
      return;
    }
    const rightToLeft = getComputedStyle(list.current).direction === 'rtl';
    const index = tabs.findIndex(({ name }) => name === chosen);
    const next = moved(alongLine(event.key, rightToLeft), index, tabs.length, { wraps: true });
    const tab = next === undefined ? undefined : tabs[next];
    if (tab) {
      event.preventDefault();
      onchange(tab.name);
      list.current.querySelectorAll<HTMLElement>('[role="tab"]')[next ?? 0]?.focus();
    }
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {tabs.map(({ name, label: words, icon, count, shortcuts }) => (
        <button
          key={name}
          id={`${id}-${name}`}
          type="button"
          role="tab"
          class="tab"
          aria-selected={name === chosen}
          aria-controls={`${id}-panel`}
          tabIndex={name === chosen ? 0 : -1}
          {...(shortcuts !== undefined && { 'aria-keyshortcuts': shortcuts })}
          onClick={() => {
            onchange(name);
            onpress?.();
          }}
        >
          {icon && <Icon name={icon} />}
          {words}
          {count !== undefined && count > 0 && <span class="tab-count">{count}</span>}
        </button>
      ))}
    </div>
  );
}
