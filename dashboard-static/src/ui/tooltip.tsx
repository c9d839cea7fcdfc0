/**
 * The names of buttons that are only an icon, shown to whoever points at one or comes to it by keyboard. They are those
 * buttons' labels already, so a screen reader hears nothing twice. One for the whole document: anything with
 * `data-tooltip` has it. It stays while one points at it, and Escape takes it away.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Kbd } from './kbd.tsx';
import { place } from './popover.ts';
import './tooltip.css';

/** How long one points before it is shown; right away where another was shown a moment ago. */
const PATIENCE = 500;
const WARM = 300;

export function TooltipHost() {
  const surface = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<{ text: string; keys: string | undefined }>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let source: HTMLElement | undefined;
    let hiddenAt = -Infinity;
    /** Whether one goes from place to place by keyboard: a focus that a dialog has set names nothing. */
    let walks = false;

    const show = (next: HTMLElement) => {
      const text = next.dataset['tooltip'];
      // What is open below a button says enough.
      if (text !== undefined && next.isConnected && next.ariaExpanded !== 'true' && surface.current) {
        source = next;
        setShown({ text, keys: next.getAttribute('aria-keyshortcuts')?.split(' ')[0] });
        surface.current.hidePopover();
        surface.current.showPopover({ source: next });
        if (!CSS.supports('position-area', 'block-end')) {
          place(surface.current, next, false);
        }
      }
    };
    const hide = () => {
      clearTimeout(timer);
      if (source) {
        source = undefined;
        hiddenAt = performance.now();
        surface.current?.hidePopover();
      }
    };
    const named = (target: EventTarget | null) => (target instanceof Element ? target.closest<HTMLElement>('[data-tooltip]') : null);

    const onPointerOver = (event: PointerEvent) => {
      const next = named(event.target);
      if (event.pointerType !== 'mouse' || (next && next === source) || surface.current?.contains(event.target as Node)) {
        return;
      }
      const warm = source !== undefined || performance.now() - hiddenAt < WARM;
      hide();
      if (next) {
        timer = setTimeout(() => show(next), warm ? 0 : PATIENCE);
      }
    };
    const onFocusIn = ({ target }: FocusEvent) => {
      const next = named(target);
      if (walks && next?.matches(':focus-visible')) {
        clearTimeout(timer);
        show(next);
      } else {
        hide();
      }
    };
    const onKeyDown = ({ key }: KeyboardEvent) => {
      walks = key === 'Tab' || key.startsWith('Arrow');
      if (key === 'Escape') {
        hide();
      }
    };
    const onPointerDown = () => {
      walks = false;
      hide();
    };

    addEventListener('pointerover', onPointerOver);
    addEventListener('focusin', onFocusIn);
    addEventListener('focusout', hide);
    addEventListener('pointerdown', onPointerDown);
    addEventListener('keydown', onKeyDown, true);
    addEventListener('scroll', hide, true);
    return () => {
      hide();
      removeEventListener('pointerover', onPointerOver);
      removeEventListener('focusin', onFocusIn);
      removeEventListener('focusout', hide);
      removeEventListener('pointerdown', onPointerDown);
      removeEventListener('keydown', onKeyDown, true);
      removeEventListener('scroll', hide, true);
    };
  }, []);
  return (
    <div class="tooltip" ref={surface} popover="manual" aria-hidden="true">
      {shown?.text}
      {shown?.keys !== undefined && <Kbd keys={shown.keys} />}
    </div>
  );
}
