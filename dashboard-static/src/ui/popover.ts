/**
 * What floats beside a button until it is done with: the ground of menus, selects and pickers. A native popover: it lies
 * above everything, and a press beside it or Escape closes it. The stylesheet anchors it; where a browser cannot, it is
 * placed once. When it closes with the focus in it, the button gets the focus back.
 */
import { useId, useRef, useState } from 'preact/hooks';
import { placement } from './placement.ts';
import './popover.css';

interface Options {
  alignEnd?: boolean;
  /** Called when it is there, with everything that `open` lets render in it. */
  onopen?(surface: HTMLElement): void;
}

export function usePopover({ alignEnd = false, onopen }: Options = {}) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  const surface = useRef<HTMLDivElement>(null);
  const isReady = useRef(false);

  const getReady = () => {
    if (!isReady.current && surface.current?.matches(':popover-open') && trigger.current) {
      isReady.current = true;
      if (!CSS.supports('position-area', 'block-end')) {
        place(surface.current, trigger.current, alignEnd);
      }
      onopen?.(surface.current);
    }
  };
  const show = () => {
    if (surface.current && trigger.current && !surface.current.matches(':popover-open')) {
      surface.current.showPopover({ source: trigger.current });
    }
  };
  const hide = () => surface.current?.hidePopover();

  return {
    open,
    show,
    hide,
    trigger: { id: `${id}-trigger`, ref: trigger, popovertarget: id, 'aria-expanded': open },
    surface: {
      id,
      ref: surface,
      popover: 'auto' as const,
      onBeforeToggle: ({ newState }: Pick<ToggleEvent, 'newState'>) => {
        setOpen(newState === 'open');
        isReady.current = false;
        if (newState === 'open') {
          // After what it opens for is rendered, and before another key: the browser tells of opening only in a while.
          queueMicrotask(getReady);
        }
        if (newState === 'closed' && surface.current?.contains(document.activeElement)) {
          trigger.current?.focus();
        }
      },
      onToggle: ({ newState }: Pick<ToggleEvent, 'newState'>) => {
        // Opened by a press, it was not shown yet when the microtask ran.
        if (newState === 'open') {
          getReady();
        }
      },
    },
  };
}

/** Puts `surface` beside `source` by script. */
export function place(surface: HTMLElement, source: HTMLElement, alignEnd: boolean): void {
  const room = { width: document.documentElement.clientWidth, height: document.documentElement.clientHeight };
  surface.style.minWidth = `${source.offsetWidth}px`;
  const size = { width: surface.offsetWidth, height: surface.offsetHeight };
  const rightToLeft = getComputedStyle(surface).direction === 'rtl';
  const { left, top } = placement(source.getBoundingClientRect(), size, room, { alignEnd, rightToLeft });
  Object.assign(surface.style, { positionArea: 'none', position: 'fixed', inset: 'auto', left: `${left}px`, top: `${top}px`, margin: '0' });
}
