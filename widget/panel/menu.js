/**
 * What can be done with a message: one menu, over the chat, at the message's button. Promises that there is never more
 * than one, that it closes on Escape, outside and when the list scrolls, that it can be used by keyboard alone, and that
 * nothing is deleted which the person was not asked about.
 */
import { element } from './dom.js';

/** How far the menu stays from the edge of the panel. */
const MARGIN = 8;

/**
 * @param {HTMLElement} anchor
 * @param {object} actions
 * @param {() => void} actions.edit
 * @param {() => void} actions.remove
 * @param {() => void} actions.onclose
 * @returns {() => void} Closes it.
 */
export function openMenu(anchor, { edit, remove, onclose }) {
  const menu = element('div', { className: 'menu' });
  anchor.ariaExpanded = 'true';

  /** @param {{ back?: boolean }} [options] `back`: whether the focus goes back to the button. */
  function close({ back = true } = {}) {
    removeEventListener('pointerdown', outside, true);
    removeEventListener('resize', leave);
    removeEventListener('scroll', leave, true);
    anchor.ariaExpanded = 'false';
    menu.remove();
    if (back && anchor.isConnected) {
      anchor.focus({ preventScroll: true });
    }
    onclose();
  }
  const leave = () => close({ back: false });
  /** @param {Event} event */
  const outside = ({ target }) => {
    if (target instanceof Node && !menu.contains(target) && !anchor.contains(target)) {
      leave();
    }
  };

  /**
   * @param {string} label
   * @param {() => void} action
   * @param {string} [className]
   */
  function item(label, action, className = '') {
    const node = element('button', { type: 'button', role: 'menuitem', tabIndex: -1, className, textContent: label });
    node.addEventListener('click', action);
    return node;
  }

  /**
   * @param {string} label
   * @param {(Node | string)[]} children
   */
  function fill(label, ...children) {
    menu.role = 'menu';
    menu.ariaLabel = label;
    menu.replaceChildren(...children);
    place();
    menu.querySelector('button')?.focus({ preventScroll: true });
  }

  function place() {
    const at = anchor.getBoundingClientRect();
    menu.style.left = '0';
    const { offsetWidth: width, offsetHeight: height } = menu;
    const below = at.bottom + height + MARGIN < innerHeight;
    menu.style.top = `${Math.max(MARGIN, below ? at.bottom : at.top - height)}px`;
    menu.style.left = `${Math.max(MARGIN, Math.min(at.left, innerWidth - width - MARGIN))}px`;
  }

  menu.addEventListener('keydown', (event) => {
    const items = [...menu.querySelectorAll('button')];
    const index = items.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: -1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      items.at(next % items.length)?.focus();
    } else if (event.key === 'Tab') {
      event.preventDefault();
      close();
    }
  });
  addEventListener('pointerdown', outside, true);
  addEventListener('resize', leave);
  addEventListener('scroll', leave, true);

  document.body.append(menu);
  fill(
    'What to do with this message',
    item('Edit', () => {
      leave();
      edit();
    }),
    item('Delete', () =>
      fill(
        'Delete this message for everyone?',
        element('p', { ariaHidden: 'true', textContent: 'Delete this message for everyone?' }),
        item('Keep it', () => close()),
        item('Delete it', () => {
          leave();
          remove();
        }, 'danger'),
      ), 'danger'),
  );
  return close;
}
