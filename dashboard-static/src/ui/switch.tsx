/**
 * Yes or no. A switch holds at once; a checkbox is one answer among others, which something else sends.
 */
import { useEffect, useId, useRef } from 'preact/hooks';
import './switch.css';

interface Props {
  label: string;
  checked: boolean;
  onchange(checked: boolean): void;
  hint?: string;
  disabled?: boolean;
}

export function Switch({ label, checked, onchange, hint, disabled = false }: Props) {
  const id = useId();
  return (
    <div class="switch">
      <input
        type="checkbox"
        role="switch"
        id={id}
        checked={checked}
        disabled={disabled}
        {...(hint !== undefined && { 'aria-describedby': `${id}-hint` })}
        onChange={(event) => {
          const wanted = event.currentTarget.checked;
          // What holds is what its owner says, who may refuse.
          event.currentTarget.checked = checked;
          onchange(wanted);
        }}
      />
      <label for={id}>{label}</label>
      {hint !== undefined && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface CheckboxProps extends Props {
  /** Stands for several, of which some are chosen. */
  mixed?: boolean;
  hideLabel?: boolean;
}

export function Checkbox({ label, checked, onchange, hint, disabled = false, mixed = false, hideLabel = false }: CheckboxProps) {
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) {
      box.current.indeterminate = mixed;
    }
  });
  return (
    <div class="checkbox">
      <input
        type="checkbox"
        id={id}
        ref={box}
        checked={checked}
        disabled={disabled}
        {...(hint !== undefined && { 'aria-describedby': `${id}-hint` })}
        onChange={(event) => onchange(event.currentTarget.checked)}
      />
      <label for={id} class={hideLabel ? 'hidden-label' : ''}>
        {label}
      </label>
      {hint !== undefined && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
