/**
 * What can be done in the dashboard, in one place: whoever can do something registers a command, with a key or without.
 * One listener finds whose a key is; the list of them all is the help, and what Ctrl+K finds. Promises that a key that is part of a text, of an input method's composition, of a
 * dialog or of the browser's own commands is never taken for a command.
 */
import { isComposing } from '@client/keys.js';
import { Observable } from '@client/observable.js';
import type { IconName } from '../ui/icon.tsx';

export interface Command {
  /** As `KeyboardEvent.key` names it, after `Mod+` where Ctrl or ⌘ is held. One without is found by its words alone. */
  key?: string | undefined;
  /** What it does, as a heading says it; no two of a group say the same. */
  words: string;
  icon?: IconName;
  /** Also while something is being written. */
  inText?: boolean;
  /** Whether there is something to do just now; if not, the key is somebody else's. Without it there always is. */
  isOffered?(): boolean;
  /** `event`: the key that it was asked for by, if it was one. */
  run(event?: KeyboardEvent): void;
}

/** Where commands hold: for what is open on a screen, on the screen, everywhere; the nearest first. */
const SCOPES = ['open', 'screen', 'everywhere'] as const;

export interface CommandGroup {
  name: string;
  scope: (typeof SCOPES)[number];
  commands: readonly Command[];
}

export class Keyboard extends Observable<readonly CommandGroup[]> {
  #groups: CommandGroup[] = [];

  constructor() {
    super(() => [...this.#groups]);
  }

  /** Adds commands. Gives the way to take them back. */
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

  /** What can be done just now, the nearest first; parts of a screen add to the same group. */
  offered(): CommandGroup[] {
    const groups = new Map<string, CommandGroup>();
    for (const { name, scope, commands } of this.#nearestFirst()) {
      const offered = commands.filter((command) => command.isOffered?.() ?? true);
      groups.set(name, { name, scope, commands: [...(groups.get(name)?.commands ?? []), ...offered] });
    }
    return [...groups.values()];
  }

  /** Of the same scope, what came later is nearer. */
  #nearestFirst(): CommandGroup[] {
    return this.#groups.toReversed().sort((one, other) => SCOPES.indexOf(one.scope) - SCOPES.indexOf(other.scope));
  }

  handle(event: KeyboardEvent): void {
    if (!isForUs(event)) {
      return;
    }
    const key = keyOf(event);
    const inText = isTextField(event.target);
    for (const { commands } of this.#nearestFirst()) {
      for (const command of commands) {
        if (command.key === key && (command.inText || !inText) && (command.isOffered?.() ?? true)) {
          event.preventDefault();
          command.run(event);
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
