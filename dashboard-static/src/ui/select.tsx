/**
 * One of a few: a button that shows what holds, with a list behind it. Moving in the list, by arrows or by letters,
 * changes nothing; Enter, Space or a press chooses, Escape and Tab leave it as it was. So it may stand for something that
 * others see at once.
 */
import { useId, useRef, useState } from 'preact/hooks';
import { Field, type FieldProps } from './field.tsx';
import { Icon } from './icon.tsx';
import { TypeAhead, isPrintable, moved } from './list-keys.ts';
import { OptionContent, Options, type Option } from './listbox.tsx';
import { usePopover } from './popover.ts';
import { Spinner } from './progress.tsx';
import './select.css';

interface Props<Value extends string> extends FieldProps {
  value: Value;
  options: readonly Option<Value>[];
  onchange(value: NoInfer<Value>): void;
  /** Whether a change is under way. */
  busy?: boolean;
  disabled?: boolean;
  /** As high as a button, for a row of such. */
  compact?: boolean;
  alignEnd?: boolean;
  /** Called when the list is there. */
  onopen?: (() => void) | undefined;
}

export function Select<Value extends string>(props: Props<Value>) {
  const { value, options, onchange, busy = false, disabled = false, compact = false, alignEnd = false, onopen, ...field } = props;
  const list = useId();
  const typing = useRef(new TypeAhead());
  const [active, setActive] = useState(-1);
  const popover = usePopover({ alignEnd, onopen: () => onopen?.() });
  const current = options.findIndex((option) => option.value === value);
  const idle = disabled || busy;

  const open = (at: number) => {
    if (!idle) {
      setActive(at);
      popover.show();
    }
  };
  const choose = (option: Option<Value> | undefined) => {
    popover.hide();
    if (option && !option.disabled && option.value !== value) {
      onchange(option.value);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    const labels = options.map(({ label }) => label);
    const writes = isPrintable(event) && (key !== ' ' || typing.current.isTyping());
    if (!popover.open) {
      const at =
        key === 'Home' ? 0
        : key === 'End' ? options.length - 1
        : ['ArrowDown', 'ArrowUp', 'Enter', ' '].includes(key) ? Math.max(current, 0)
        : writes ? (typing.current.find(key, labels, current) ?? current)
        : undefined;
      if (at === undefined) {
        return;
      }
      open(at);
    } else if (key === 'Tab') {
      popover.hide();
      return;
    } else if (key === 'Escape') {
      popover.hide();
    } else if (writes) {
      setActive(typing.current.find(key, labels, active) ?? active);
    } else if (key === 'Enter' || key === ' ') {
      choose(options[active]);
    } else {
      const next = moved(key, active, options.length);
      if (next === undefined) {
        return;
      }
      setActive(next);
    }
    event.preventDefault();
  };

  return (
    <Field {...field}>
      {(control) => (
        <>
          <button
            {...control}
            {...(idle ? {} : { popovertarget: popover.surface.id })}
            ref={popover.trigger.ref}
            type="button"
            role="combobox"
            class={compact ? 'select-button select-compact' : 'select-button'}
            aria-haspopup="listbox"
            aria-expanded={popover.open}
            aria-controls={list}
            {...(popover.open && { 'aria-activedescendant': `${list}-${active}` })}
            {...(idle && { 'aria-disabled': true })}
            {...(busy && { 'aria-busy': true })}
            onPointerDown={() => setActive(Math.max(current, 0))}
            onKeyDown={onKeyDown}
            // Firefox presses a button when Space comes up.
            onKeyUp={(event) => event.key === ' ' && event.preventDefault()}
          >
            {options[current] && <OptionContent option={{ ...options[current], hint: '' }} />}
            {busy ? <Spinner /> : <Icon name="down" />}
          </button>
          <div {...popover.surface} class={alignEnd ? 'popover popover-end select-list' : 'popover select-list'}>
            <div id={list} role="listbox" aria-label={field.label}>
              {popover.open && (
                <Options id={list} options={options} active={active} isChosen={(one) => one === value} onactive={setActive} onchoose={choose} />
              )}
            </div>
          </div>
        </>
      )}
    </Field>
  );
}
