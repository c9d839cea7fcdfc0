/**
 * Short words about what has just happened, with a way to take it back. They are read out, never take the focus, stay
 * while one points at them or is in them, and those with a button stay long enough to reach it.
 */
import { useEffect, useRef } from 'preact/hooks';
import { strings } from '../strings/ui.ts';
import { Button, IconButton } from './button.tsx';
import { Icon } from './icon.tsx';
import { Toasts, type Toast } from './toasts.ts';
import { useSource } from './use-source.ts';
import './toast.css';

export const toasts = new Toasts();

/** Says something in the corner of the window. Returns how to take it away again. */
export const toast = (text: string, options?: Omit<Toast, 'id' | 'text'>) => toasts.add(text, options);

/** Where toasts are shown; one of these in the whole document. */
export function ToastRegion() {
  const { shown } = useSource(toasts);
  const region = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = region;
    // Above whatever else is in the top layer by now.
    if (current?.matches(':popover-open')) {
      current.hidePopover();
    }
    if (shown.length > 0) {
      current?.showPopover();
    }
  }, [shown.length]);
  return (
    <div class="toasts" ref={region} popover="manual" role="region" aria-label={strings.happened}>
      {/* Both are there before anything is in them: only then does a screen reader listen. */}
      {(['status', 'alert'] as const).map((role) => (
        <div key={role} role={role} class="toast-list">
          {shown
            .filter(({ tone }) => (tone === 'bad') === (role === 'alert'))
            .map((one) => (
              <Shown key={one.id} toast={one} />
            ))}
        </div>
      ))}
    </div>
  );
}

function Shown({ toast: { id, text, tone = 'neutral', action } }: { toast: Toast }) {
  const hold = () => toasts.hold(id);
  const release = () => toasts.release(id);
  return (
    <div class={`toast toast-${tone}`} onPointerEnter={hold} onPointerLeave={release} onFocusIn={hold} onFocusOut={release}>
      {tone === 'good' && <Icon name="resolve" />}
      {tone === 'bad' && <Icon name="alert" />}
      <p>{text}</p>
      {action && (
        <Button
          kind="quiet"
          size="small"
          onClick={() => {
            toasts.remove(id);
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton icon="close" size="small" label={strings.dismiss} onClick={() => toasts.remove(id)} />
    </div>
  );
}
