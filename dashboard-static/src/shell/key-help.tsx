/** What can be done by keyboard where one is just now: the registered commands, the nearest first. */
import { strings } from '../strings/shell.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Kbd } from '../ui/kbd.tsx';
import { useSource } from '../ui/use-source.ts';
import { useDesk } from './desk.ts';
import type { CommandGroup } from './keyboard.ts';

export function KeyHelp({ onclose }: { onclose(): void }) {
  const groups = useSource(useDesk().keyboard);
  return (
    <Dialog title={strings.keys} onclose={onclose}>
      {together(groups).map(({ name, commands }) => (
        <section class="key-help" key={name}>
          <h3>{name}</h3>
          <dl>
            {commands.map(({ key, words }) => (
              <div key={key}>
                <dt>{words}</dt>
                <dd>
                  <Kbd keys={key.length === 1 ? key.toUpperCase() : key} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}

/** Parts of a screen add to the same group; the nearest come first. */
function together(groups: readonly CommandGroup[]): CommandGroup[] {
  const names = new Set(groups.map(({ name }) => name));
  return [...names]
    .reverse()
    .map((name) => ({ name, commands: groups.flatMap((group) => (group.name === name ? group.commands : [])) }));
}
