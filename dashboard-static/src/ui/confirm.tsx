/**
 * Asks before something that cannot be undone. A real modal dialog: the browser keeps the focus inside, closes it with
 * Escape and gives the focus back.
 */
import { useEffect, useId, useRef } from 'preact/hooks';

interface Props {
  question: string;
  explanation: string;
  action: string;
  onconfirm(): void;
  onclose(): void;
}

export function Confirm({ question, explanation, action, onconfirm, onclose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      class="dialog"
      ref={dialog}
      aria-labelledby={`${id}-question`}
      aria-describedby={`${id}-explanation`}
      onClose={onclose}
    >
      <h2 id={`${id}-question`}>{question}</h2>
      <p id={`${id}-explanation`}>{explanation}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button
          type="button"
          class="button button-danger"
          onClick={() => {
            onconfirm();
            dialog.current?.close();
          }}
        >
          {action}
        </button>
      </div>
    </dialog>
  );
}
