/**
 * A labelled input with its hint and its error tied to it, so that a screen reader reads all three.
 */
import { useId, useState } from 'preact/hooks';

interface Props {
  label: string;
  name: string;
  value: string;
  oninput(value: string): void;
  type?: 'text' | 'email' | 'password';
  autocomplete: string;
  hint?: string;
  error?: string | undefined;
  autofocus?: boolean;
}

export function TextField({ label, name, value, oninput, type = 'text', autocomplete, hint, error, autofocus }: Props) {
  const id = useId();
  const [shown, setShown] = useState(false);
  // The types of JSX know one kind of input at a time; the attributes used here are good for all three.
  const inputType = (shown ? 'text' : type) as 'text';
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-input">
        <input
          id={id}
          name={name}
          type={inputType}
          value={value}
          autocomplete={autocomplete}
          autocapitalize="none"
          spellcheck={false}
          required
          aria-invalid={error !== undefined}
          {...(described !== '' && { 'aria-describedby': described })}
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
            aria-label={shown ? `Hide ${label.toLowerCase()}` : `Show ${label.toLowerCase()}`}
            onClick={() => setShown(!shown)}
          >
            {shown ? 'Hide' : 'Show'}
          </button>
        )}
      </div>
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
