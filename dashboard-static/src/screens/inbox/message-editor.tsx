import { textLength } from '@client/length.js';
import { isSendable } from '@client/text.js';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { strings } from '../../strings/inbox.ts';
import { Button } from '../../ui/button.tsx';
import { TextArea } from '../../ui/text-area.tsx';

interface Props {
  value: string;
  limit: number;
  /** Whether it was begun just now, and not taken up again with the conversation. */
  takesFocus: boolean;
  oninput(text: string): void;
  onsave(): void;
  oncancel(): void;
}

/** Changes a message in its place: Enter saves, Escape leaves it as it was. */
export function MessageEditor({ value, limit, takesFocus, oninput, onsave, oncancel }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const { tooLong, words } = textLength(value, limit);
  const savable = isSendable(value) && !tooLong;
  const save = () => {
    if (savable) {
      onsave();
    }
  };
  // Before the next key: what is typed at once is part of the text, and no command.
  useLayoutEffect(() => {
    if (takesFocus) {
      area.current?.focus();
      area.current?.setSelectionRange(value.length, value.length);
    }
  }, []);
  return (
    <form
      class="message-editor"
      aria-label={strings.editMessage}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <TextArea
        inputRef={area}
        label={strings.text}
        value={value}
        invalid={tooLong}
        describedBy={`${id}-length`}
        oninput={oninput}
        onenter={save}
        onescape={oncancel}
      />
      <div class="composer-foot">
        <span id={`${id}-length`} class={tooLong ? 'composer-length field-error' : 'composer-length'}>
          {words}
        </span>
        <Button size="small" onClick={oncancel}>
          {strings.cancel}
        </Button>
        <Button type="submit" kind="primary" size="small" disabled={!savable}>
          {strings.save}
        </Button>
      </div>
    </form>
  );
}
