/**
 * The keys of the dashboard, in one place: who wants one registers a command, one listener finds whose it is, and the
 * list of them all is the help. Promises that a key that is part of a text, of an input method's composition, of a
 * dialog or of the browser's own commands is never taken for a command.
 */
import { isComposing } from '@client/keys.js';
import { Observable } from '@client/observable.js';

export interface Command {
  /** As `KeyboardEvent.key` names it, after `Mod+` where Ctrl or ⌘ is held. */
  key: string;
  words: string;
  /** Also while something is being written. */
  inText?: boolean;
  /** Says that it had nothing to do by `false`: then the key is somebody else's. */
  run(event: KeyboardEvent): void | false;
}

export interface CommandGroup {
  name: string;
  commands: readonly Command[];
}

export class Keyboard extends Observable<readonly CommandGroup[]> {
  #groups: CommandGroup[] = [];

  constructor() {
    super(() => [...this.#groups]);
  }

  /** Adds commands; they come before those that are there already. Gives the way to take them back. */
  register(group: CommandGroup): () => void {
    this.#groups.push(group);
    this.changed();
    return () => {
      this.#groups = this.#groups.filter((one) => one !== group);
      this.changed();
    };
  }

  listen(): () => void {
    const onKeyDown = (event: KeyboardEvent) => this.handle(event);
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }

  handle(event: KeyboardEvent): void {
    if (!isForUs(event)) {
      return;
    }
    const key = keyOf(event);
    const inText = isTextField(event.target);
    for (const { commands } of this.#groups.toReversed()) {
      for (const command of commands) {
        if (command.key === key && (command.inText || !inText) && command.run(event) !== false) {
          event.preventDefault();
          return;
        }
      }
    }
  }
}

function isForUs(event: KeyboardEvent): boolean {
  return !event.defaultPrevented && !isComposing(event) && !event.altKey && !document.querySelector('dialog[open]');
}

/** Shift is in the key already, where it makes another one of it. */
function keyOf({ key, ctrlKey, metaKey }: KeyboardEvent): string {
  const name = key.length === 1 ? key.toLowerCase() : key;
  return ctrlKey || metaKey ? `Mod+${name}` : name;
}

function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('textarea, select, input'));
}
