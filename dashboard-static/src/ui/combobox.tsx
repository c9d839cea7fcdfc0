/**
 * One of many: a field in which one writes to find it. What is written only narrows the list; Enter or a press chooses.
 * Escape closes the list, and again, empties the field. Left unchosen, the field says again what holds.
 */
import { useId, useRef, useState } from 'preact/hooks';
import { isComposing } from '@client/keys.js';
import { strings } from '../strings/ui.ts';
import { Field, type FieldProps } from './field.tsx';
import { Icon } from './icon.tsx';
import { folded, matches, moved } from './list-keys.ts';
import { FINDER, Options, type Option } from './listbox.tsx';
import { place } from './popover.ts';
import './popover.css';
import './select.css';

interface Props<Value extends string> extends FieldProps {
  /** `undefined` where nothing holds: then what is chosen is handed over and the field is empty again. */
  value: Value | undefined;
  options: readonly Option<Value>[];
  onchange(value: NoInfer<Value>): void;
  /** Makes a new one of what is written, where nothing is called so. */
  oncreate?: ((text: string) => void) | undefined;
  placeholder?: string;
  busy?: boolean;
  autofocus?: boolean;
}

/** Stands for "make a new one"; no value of an option, which is an id. */
const CREATE = '\0create';

export function Combobox<Value extends string>(props: Props<Value>) {
  const { value, options, onchange, oncreate, placeholder, busy = false, autofocus = false, ...field } = props;
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const surface = useRef<HTMLDivElement>(null);
  /** What is being written; `undefined` while nobody writes. */
  const [text, setText] = useState<string>();
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const holds = options.find((option) => option.value === value)?.label ?? '';
  const wanted = (text ?? '').trim();
  const matching = matches(options, wanted);
  const isNew = oncreate && wanted !== '' && !options.some(({ label }) => folded(label) === folded(wanted));
  const shown: Option[] = isNew ? [...matching, { value: CREATE, label: strings.create(wanted), icon: 'add' }] : matching;

  const show = () => {
    setOpen(true);
    if (surface.current && input.current && !surface.current.matches(':popover-open')) {
      surface.current.showPopover({ source: input.current });
      if (!CSS.supports('position-area', 'block-end')) {
        place(surface.current, input.current, false);
      }
    }
  };
  const hide = () => {
    setOpen(false);
    surface.current?.hidePopover();
  };
  const choose = (option: Option | undefined) => {
    if (!option || option.disabled || busy) {
      return;
    }
    hide();
    setText(undefined);
    if (option.value === CREATE) {
      oncreate?.(wanted);
    } else {
      onchange(option.value as Value);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) {
      return;
    }
    const { key } = event;
    if (key === 'Escape' && (open || wanted !== '')) {
      if (open) {
        hide();
      } else {
        setText(undefined);
      }
    } else if (key === 'Enter' && open) {
      choose(shown[active]);
    } else if (key === 'ArrowDown' || key === 'ArrowUp' || (open && (key === 'PageDown' || key === 'PageUp'))) {
      // Home and End belong to the text.
      if (!open) {
        setActive(Math.max(0, shown.findIndex((option) => option.value === value)));
        show();
      } else {
        setActive(moved(key, active, shown.length, { wraps: true }) ?? active);
      }
    } else {
      return;
    }
    event.preventDefault();
  };

  return (
    <Field {...field}>
      {(control) => (
        <div class="field-input combobox">
          <Icon name="search" />
          <input
            {...control}
            ref={(element) => {
              input.current = element;
              if (element && autofocus && document.activeElement === document.body) {
                element.focus();
              }
            }}
            {...FINDER}
            aria-expanded={open}
            aria-controls={list}
            aria-busy={busy}
            {...(open && shown.length > 0 && { 'aria-activedescendant': `${list}-${active}` })}
            {...(placeholder !== undefined && { placeholder })}
            value={text ?? holds}
            onInput={({ currentTarget }) => {
              setText(currentTarget.value);
              setActive(0);
              show();
            }}
            onClick={show}
            onFocus={({ currentTarget }) => currentTarget.select()}
            onBlur={() => {
              hide();
              setText(undefined);
            }}
            onKeyDown={onKeyDown}
          />
          <div class="popover select-list" popover="manual" ref={surface} onMouseDown={(event) => event.preventDefault()}>
            <div id={list} role="listbox" aria-label={field.label}>
              {open && <Options id={list} options={shown} active={active} isChosen={(one) => one === value} onactive={setActive} onchoose={choose} />}
            </div>
            {open && shown.length === 0 && <p class="combobox-none">{strings.noMatch}</p>}
          </div>
          <span class="hidden-label" role="status">
            {open && wanted !== '' ? strings.found(shown.length) : ''}
          </span>
        </div>
      )}
    </Field>
  );
}
