/** Keys, as they stand on a keyboard. `Control` and `Meta` together are one key here: ⌘ on a Mac, Ctrl elsewhere. */
import './kbd.css';

const MAC = /Mac|iP(hone|ad)/.test(navigator.platform);
const NAMES: Readonly<Record<string, string>> = {
  Mod: MAC ? '⌘' : 'Ctrl',
  Control: 'Ctrl',
  Alt: MAC ? '⌥' : 'Alt',
  Shift: MAC ? '⇧' : 'Shift',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Enter: '↵',
};

/** `keys` as `aria-keyshortcuts` has them: `E`, `Control+/`, `Mod+K`. */
export function Kbd({ keys }: { keys: string }) {
  return (
    // One presses them in this order in every script.
    <kbd class="kbd" dir="ltr">
      {keys.split('+').map((key) => (
        <kbd key={key}>{NAMES[key] ?? key}</kbd>
      ))}
    </kbd>
  );
}
