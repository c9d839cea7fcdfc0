/**
 * Options of which one or several are chosen. The options never have the focus: whoever has it says by
 * `aria-activedescendant` which one is meant, and moving alone never chooses.
 */
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { VNode } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import { Kbd } from './kbd.tsx';
import { TypeAhead, isPrintable, moved } from './list-keys.ts';
import './menu.css';
import './listbox.css';

export interface Option<Value extends string = string> {
  value: Value;
  label: string;
  icon?: IconName;
  /** A dot of this colour before the label: a status's or a tag's. */
  colour?: string;
  hint?: string;
  /** Options in a row with the same one stand under it. */
  group?: string;
  /** The key that does the same elsewhere, such as `E`. */
  shortcut?: string | undefined;
  disabled?: boolean;
}

interface OptionsProps<Value extends string> {
  /** Of the list; its options are `ID-0`, `ID-1` and so on. */
  id: string;
  options: readonly Option<Value>[];
  active: number;
  isChosen(value: Value): boolean;
  onactive(index: number): void;
  onchoose(option: Option<Value>): void;
}

/** What every field is whose words narrow down a list. */
export const FINDER = {
  type: 'text',
  role: 'combobox',
  dir: 'auto',
  autocomplete: 'off',
  autocapitalize: 'none',
  spellcheck: false,
  'aria-autocomplete': 'list',
} as const;

/** The options themselves. The active one is always in sight. */
export function Options<Value extends string>({ id, options, active, isChosen, onactive, onchoose }: OptionsProps<Value>) {
  useLayoutEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    // A press leaves the focus where it is.
    <div role="presentation" onMouseDown={(event) => event.preventDefault()}>
      {grouped(options.map((option, index) => [option.group, (
        <div
          key={option.value}
          id={`${id}-${index}`}
          role="option"
          class={index === active ? 'option option-active' : 'option'}
          aria-selected={isChosen(option.value)}
          {...(option.disabled && { 'aria-disabled': true })}
          onPointerMove={() => index !== active && onactive(index)}
          onClick={() => option.disabled || onchoose(option)}
        >
          <OptionContent option={option} />
          {isChosen(option.value) && <Icon name="check" />}
        </div>
      )]))}
    </div>
  );
}

/** Puts those in a row that have the same group together, under its name. */
function grouped(options: readonly (readonly [group: string | undefined, option: VNode])[]): VNode[] {
  const names = [...new Set(options.map(([group]) => group))];
  return names.flatMap((name) => {
    const members = options.flatMap(([group, option]) => (group === name ? [option] : []));
    return name === undefined
      ? members
      : [
          <div key={name} role="group" aria-label={name}>
            <p class="menu-title" aria-hidden="true">
              {name}
            </p>
            {members}
          </div>,
        ];
  });
}

export function OptionContent({ option: { label, icon, colour, hint, shortcut } }: { option: Option }) {
  return (
    <>
      {icon && <Icon name={icon} />}
      {colour !== undefined && <ColourDot colour={colour} />}
      <span class="menu-label">
        <bdi>{label}</bdi>
        {hint && (
          <span class="menu-hint" dir="auto">
            {hint}
          </span>
        )}
      </span>
      {shortcut !== undefined && (
        <span aria-hidden="true">
          <Kbd keys={shortcut} />
        </span>
      )}
    </>
  );
}

export function ColourDot({ colour }: { colour: string }) {
  return <span class="colour-dot" style={{ '--dot': colour }} aria-hidden="true" />;
}

interface ListboxProps<Value extends string> {
  label: string;
  options: readonly Option<Value>[];
  chosen: readonly Value[];
  onchange(chosen: NoInfer<Value>[]): void;
  several?: boolean;
}

/** A list that is always there. */
export function Listbox<Value extends string>({ label, options, chosen, onchange, several = false }: ListboxProps<Value>) {
  const id = useId();
  const [active, setActive] = useState(-1);
  const typing = useRef(new TypeAhead());
  const choose = ({ value }: Option<Value>) => {
    const has = chosen.includes(value);
    onchange(several ? (has ? chosen.filter((other) => other !== value) : [...chosen, value]) : [value]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const option = options[active];
    if ((event.key === 'Enter' || (event.key === ' ' && !typing.current.isTyping())) && option) {
      if (!option.disabled) {
        choose(option);
      }
    } else {
      const found = isPrintable(event) ? typing.current.find(event.key, options.map((one) => one.label), active) : undefined;
      const next = found ?? moved(event.key, active, options.length);
      if (next === undefined) {
        return;
      }
      setActive(next);
    }
    event.preventDefault();
  };
  return (
    <div
      class="listbox"
      role="listbox"
      tabIndex={0}
      aria-label={label}
      aria-multiselectable={several}
      {...(active >= 0 && { 'aria-activedescendant': `${id}-${active}` })}
      onFocus={() => setActive((before) => (before >= 0 ? before : Math.max(0, options.findIndex(({ value }) => chosen.includes(value)))))}
      onBlur={() => setActive(-1)}
      onKeyDown={onKeyDown}
    >
      <Options id={id} options={options} active={active} isChosen={(value) => chosen.includes(value)} onactive={setActive} onchoose={choose} />
    </div>
  );
}
