/**
 * What every field has around it: its label, a hint before anything is wrong, and what is wrong, tied together so that a
 * screen reader reads all three.
 */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { strings } from '../strings/ui.ts';
import { Icon } from './icon.tsx';
import './field.css';

/** What the control in the middle must be given. */
export interface ControlAttributes {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby'?: string;
}

export interface FieldProps {
  label: string;
  /** For a control that says itself what it is, to those who see it. */
  hideLabel?: boolean | undefined;
  optional?: boolean | undefined;
  hint?: string | undefined;
  error?: string | undefined;
}

interface Props extends FieldProps {
  /** What else describes the control. */
  describedBy?: string | undefined;
  children(control: ControlAttributes): ComponentChildren;
}

export function Field({ label, hideLabel = false, optional = false, hint, error, describedBy, children }: Props) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`, describedBy].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id} id={`${id}-label`} class={hideLabel ? 'hidden-label' : 'field-label'}>
        {label}
        {optional && <span class="field-optional"> ({strings.optional})</span>}
      </label>
      {children({ id, 'aria-invalid': error !== undefined, ...(described !== '' && { 'aria-describedby': described }) })}
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          <Icon name="alert" />
          {error}
        </p>
      )}
    </div>
  );
}
