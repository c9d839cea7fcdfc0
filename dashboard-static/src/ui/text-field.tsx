/**
 * Fields for text: of one line, and of several.
 */
import { useState } from 'preact/hooks';
import { strings } from '../strings/ui.ts';
import { Field, type FieldProps } from './field.tsx';
import { Icon, type IconName } from './icon.tsx';

interface Shared extends FieldProps {
  name: string;
  value: string;
  oninput(value: string): void;
  placeholder?: string;
  autofocus?: boolean;
}

interface TextFieldProps extends Shared {
  type?: 'text' | 'email' | 'password' | 'search' | 'url' | 'date';
  autocomplete: string;
  icon?: IconName;
}

export function TextField({ name, value, oninput, placeholder, autofocus, type = 'text', autocomplete, icon, ...field }: TextFieldProps) {
  const [shown, setShown] = useState(false);
  // The types of JSX know one kind of input at a time; the attributes used here are good for all of them.
  const inputType = (shown ? 'text' : type) as 'text';
  return (
    <Field {...field}>
      {(control) => (
        <div class="field-input">
          {icon && <Icon name={icon} />}
          <input
            {...control}
            name={name}
            type={inputType}
            dir={type === 'text' || type === 'search' ? 'auto' : 'ltr'}
            value={value}
            autocomplete={autocomplete}
            autocapitalize="none"
            spellcheck={false}
            required={!field.optional && type !== 'search'}
            {...(placeholder !== undefined && { placeholder })}
            ref={(input) => {
              if (input && autofocus && document.activeElement === document.body) {
                input.focus();
              }
            }}
            onInput={(event) => oninput(event.currentTarget.value)}
          />
          {type === 'password' && (
            <button
              type="button"
              class="quiet-button field-reveal"
              aria-label={shown ? strings.hide(field.label) : strings.show(field.label)}
              onClick={() => setShown(!shown)}
            >
              {shown ? strings.hideShort : strings.showShort}
            </button>
          )}
        </div>
      )}
    </Field>
  );
}

interface LongTextFieldProps extends Shared {
  rows?: number;
}

/** Several lines, in a form. Where Enter sends, see `TextArea`. */
export function LongTextField({ name, value, oninput, placeholder, autofocus = false, rows = 3, ...field }: LongTextFieldProps) {
  return (
    <Field {...field}>
      {(control) => (
        <textarea
          {...control}
          class="field-area"
          name={name}
          rows={rows}
          dir="auto"
          value={value}
          autofocus={autofocus}
          required={!field.optional}
          {...(placeholder !== undefined && { placeholder })}
          onInput={(event) => oninput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
