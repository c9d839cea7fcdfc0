import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { textLength } from '@client/length.js';
import { isSendable } from '@client/text.js';
import { TextArea } from '../ui/text-area.tsx';

interface Props {
  text: string;
  limit: number;
  onsave(text: string): void;
  oncancel(): void;
}

/** Changes a message in its place: Enter saves, Escape leaves it as it was. */
export function MessageEditor({ text, limit, onsave, oncancel }: Props) {
  const [value, setValue] = useState(text);
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const { tooLong, words } = textLength(value, limit);
  const savable = isSendable(value) && !tooLong;
  const save = () => {
    if (savable) {
      onsave(value);
    }
  };
  useEffect(() => {
    area.current?.focus();
    area.current?.setSelectionRange(text.length, text.length);
  }, []);
  return (
    <form
      class="message-editor"
      aria-label="Edit message"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <TextArea
        inputRef={area}
        label="Text"
        value={value}
        invalid={tooLong}
        describedBy={`${id}-length`}
        oninput={setValue}
        onenter={save}
        onescape={oncancel}
      />
      <div class="composer-foot">
        <span id={`${id}-length`} class={tooLong ? 'composer-length field-error' : 'composer-length'}>
          {words}
        </span>
        <button type="button" class="button" onClick={oncancel}>
          Cancel
        </button>
        <button type="submit" class="button button-primary" aria-disabled={!savable}>
          Save
        </button>
      </div>
    </form>
  );
}
