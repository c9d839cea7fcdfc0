/**
 * A text area as high as its text, within what the stylesheet allows, in which Enter does something and Shift+Enter
 * makes a new line. An Enter that only ends an input method's composition is left alone.
 */
import type { Ref } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { isComposing } from '@client/keys.js';
import './text-area.css';

interface Props {
  value: string;
  label: string;
  placeholder?: string;
  inputRef?: Ref<HTMLTextAreaElement>;
  invalid?: boolean;
  describedBy?: string;
  oninput(value: string): void;
  onenter(): void;
  onescape?: () => void;
}

export function TextArea(props: Props) {
  const { value, label, placeholder, inputRef, invalid = false, describedBy, oninput, onenter, onescape } = props;
  const element = useRef<HTMLTextAreaElement | null>(null);

  useLayoutEffect(() => {
    const area = element.current;
    if (area) {
      area.style.height = 'auto';
      area.style.height = `${area.scrollHeight}px`;
    }
  }, [value]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) {
      return;
    }
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      onenter();
    } else if (event.key === 'Escape' && onescape) {
      event.preventDefault();
      onescape();
    }
  };

  return (
    <textarea
      ref={(area) => {
        element.current = area;
        if (typeof inputRef === 'function') {
          inputRef(area);
        } else if (inputRef) {
          inputRef.current = area;
        }
      }}
      class="text-area"
      rows={1}
      dir="auto"
      aria-label={label}
      aria-invalid={invalid}
      {...(describedBy !== undefined && { 'aria-describedby': describedBy })}
      {...(placeholder !== undefined && { placeholder })}
      value={value}
      onInput={(event) => oninput(event.currentTarget.value)}
      onKeyDown={onKeyDown}
    />
  );
}
