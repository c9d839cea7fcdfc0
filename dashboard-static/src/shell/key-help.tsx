/** What can be done by keyboard where one is just now: the commands with a key that are offered, the nearest first. */
import { strings } from '../strings/shell.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Kbd } from '../ui/kbd.tsx';
import { useSource } from '../ui/use-source.ts';
import { useDesk } from './desk.ts';

export function KeyHelp({ onclose }: { onclose(): void }) {
  const { keyboard } = useDesk();
  useSource(keyboard);
  const groups = keyboard.offered().map(({ name, commands }) => ({ name, commands: commands.filter(({ key }) => key !== undefined) }));
  return (
    <Dialog title={strings.keys} onclose={onclose}>
      {groups.filter(({ commands }) => commands.length > 0).map(({ name, commands }) => (
        <section class="key-help" key={name}>
          <h3>{name}</h3>
          <dl>
            {commands.map(({ key = '', words }) => (
              <div key={key}>
                <dt>{words}</dt>
                <dd>
                  <Kbd keys={keysOf(key)} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}

/** A command's key, as it stands on a keyboard. */
export function keysOf(key: string): string {
  return key.replace(/.$/, (last) => (key.length === 1 || key.startsWith('Mod+') ? last.toUpperCase() : last));
}
