/**
 * A question or a form above everything else. A real modal dialog: the browser keeps the focus inside, closes it with
 * Escape and a press beside it, and gives the focus back to where it was.
 */
import type { ComponentChildren, JSX, VNode } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { strings } from '../strings/ui.ts';
import { Button, IconButton } from './button.tsx';
import './dialog.css';

interface Props {
  title: string;
  explanation?: string | undefined;
  /** Called once it is closed, however that came. Whoever shows it takes it away then. */
  onclose(): void;
  /** Along the lower edge. Gets the way to close, for buttons that do so. */
  actions?: (close: () => void) => ComponentChildren;
  children?: ComponentChildren;
  /** From the side, as high as the window: for what is looked at beside the work. */
  drawer?: boolean;
  /** A question that has to be answered: `alertdialog`, and a press beside it does not close it. */
  urgent?: boolean;
}

export function Dialog({ title, explanation, onclose, actions, children, drawer = false, urgent = false }: Props) {
  const id = useId();
  return (
    <Modal
      class={drawer ? 'dialog drawer' : 'dialog'}
      aria-labelledby={`${id}-title`}
      {...(urgent && { role: 'alertdialog' as const })}
      {...(explanation !== undefined && { 'aria-describedby': `${id}-explanation` })}
      stays={urgent}
      onclose={onclose}
    >
      {(close) => (
        <div class="dialog-body">
          <header class="dialog-head">
            <h2 id={`${id}-title`}>{title}</h2>
          </header>
          {(explanation !== undefined || children !== undefined) && (
            <div class="dialog-content">
              {explanation !== undefined && (
                <p class="dialog-explanation" id={`${id}-explanation`}>
                  {explanation}
                </p>
              )}
              {children}
            </div>
          )}
          {actions && <footer class="dialog-actions">{actions(close)}</footer>}
          {/* Last, so that the focus begins at what the dialog is for. */}
          {!urgent && <IconButton class="dialog-close" icon="close" label={strings.close} size="small" onClick={close} />}
        </div>
      )}
    </Modal>
  );
}

interface ModalProps extends Omit<JSX.IntrinsicElements['dialog'], 'ref' | 'onClose' | 'onClick' | 'children'> {
  onclose(): void;
  /** Whether a press beside it leaves it open. */
  stays?: boolean;
  /** Gets the way to close. One element, which covers all of the dialog: what is beside it is the backdrop. */
  children(close: () => void): VNode;
}

/** What a dialog is before it has a title and buttons. */
export function Modal({ onclose, stays = false, children, ...attributes }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  const close = (element = dialog.current) => {
    if (element?.open) {
      element.close();
      takeUpWriting();
    }
  };
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => {
      // Before it leaves the document: only a dialog that is closed gives the focus back. Whoever takes it away knows, and
      // may have put another one in its place by now.
      isGone.current = true;
      close(current);
    };
  }, []);
  return (
    <dialog
      {...attributes}
      ref={dialog}
      onClose={() => {
        if (!isGone.current) {
          takeUpWriting();
          onclose();
        }
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget && !stays) {
          close();
        }
      }}
    >
      {children(() => close())}
    </dialog>
  );
}

/**
 * Chromium gives the focus back to a text field without its caret, which stays in the dialog if it was in a field there:
 * what is written next would be lost.
 */
function takeUpWriting() {
  const { activeElement } = document;
  if (activeElement instanceof HTMLElement && activeElement.matches('textarea, input')) {
    activeElement.blur();
    activeElement.focus({ preventScroll: true });
  }
}

interface ConfirmProps {
  question: string;
  explanation: string;
  action: string;
  onconfirm(): void;
  onclose(): void;
}

/** Asks before something that cannot be undone. The focus begins where nothing is lost. */
export function Confirm({ question, explanation, action, onconfirm, onclose }: ConfirmProps) {
  return (
    <Dialog
      urgent
      title={question}
      explanation={explanation}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          <Button
            kind="danger"
            onClick={() => {
              onconfirm();
              close();
            }}
          >
            {action}
          </Button>
        </>
      )}
    />
  );
}
