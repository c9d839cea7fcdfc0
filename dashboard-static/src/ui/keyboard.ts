/**
 * When a key is a command to the dashboard and not part of a text, of a dialog or of the browser's own commands.
 */
import { isComposing } from '@client/keys.js';

export function isCommand(event: KeyboardEvent, { inText = false } = {}): boolean {
  return (
    !event.defaultPrevented &&
    !isComposing(event) &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey &&
    (inText || !isTextField(event.target)) &&
    !document.querySelector('dialog[open]')
  );
}

function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('textarea, select, input'));
}
