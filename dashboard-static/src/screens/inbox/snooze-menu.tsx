import { useRef, useState } from 'preact/hooks';
import { useCommands, useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/inbox.ts';
import { strings as ui } from '../../strings/ui.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { timeToCome } from '../../ui/time.ts';
import { setStatus, snooze } from './acts.ts';
import { openSelect } from './open-select.ts';
import { fieldOf, ofField, snoozeTimes } from './snooze-times.ts';

const YEAR = 365 * 24 * 3_600_000;

/** Puts a conversation aside for a while. Times are by the clock of whoever does it. */
export function SnoozeMenu({ id, snoozed }: { id: string; snoozed: boolean }) {
  const { ask, changes, user } = useDesk();
  const { timeZone } = user;
  const [asks, setAsks] = useState(false);
  const around = useRef<HTMLSpanElement>(null);
  const now = Date.now();
  const put = (until: number | undefined) => changes.do(id, snooze(ask, id, until));
  const wake = () => changes.do(id, setStatus(ask, id, 'open'));
  const times = snoozeTimes(now, timeZone);
  useCommands({
    name: strings.groups.conversation,
    scope: 'open',
    commands: [
      { key: 's', words: strings.snooze, icon: 'snooze', run: () => openSelect(around.current) },
      ...times.map(({ name, at }) => ({ words: strings.commands.snooze(strings.snoozes[name]), icon: 'snooze' as const, run: () => put(at) })),
      { words: strings.commands.snooze(strings.snoozes.answer), icon: 'snooze', run: () => put(undefined) },
      { words: strings.wake, icon: 'retry', isOffered: () => snoozed, run: wake },
    ],
  });
  return (
    <span ref={around}>
      <Menu
        groups={[
          snoozed ? [{ label: strings.wake, icon: 'retry', onchoose: wake }] : [],
          times.map(({ name, at }) => ({ label: strings.snoozes[name], hint: timeToCome(at, now, timeZone), onchoose: () => put(at) })),
          [
            { label: strings.snoozes.answer, onchoose: () => put(undefined) },
            { label: strings.snoozes.other, onchoose: () => setAsks(true) },
          ],
        ]}
      >
        {(trigger) => (
          <button
            type="button"
            {...trigger}
            class="icon-button icon-button-small"
            aria-label={strings.snooze}
            aria-keyshortcuts="S"
            data-tooltip={strings.snooze}
          >
            <Icon name="snooze" />
          </button>
        )}
      </Menu>
      {asks && <SnoozeUntil timeZone={timeZone} onclose={() => setAsks(false)} onchoose={put} />}
    </span>
  );
}

interface UntilProps {
  timeZone: string | undefined;
  onclose(): void;
  onchoose(at: number): void;
}

function SnoozeUntil({ timeZone, onclose, onchoose }: UntilProps) {
  const [text, setText] = useState(() => fieldOf(snoozeTimes(Date.now(), timeZone).find(({ name }) => name === 'tomorrow')?.at ?? Date.now(), timeZone));
  const [isWrong, setIsWrong] = useState(false);
  const zone = (timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone).replaceAll('_', ' ');
  const choose = (close: () => void) => {
    const at = ofField(text, timeZone);
    if (at === undefined || at <= Date.now() || at > Date.now() + YEAR) {
      setIsWrong(true);
    } else {
      onchoose(at);
      close();
    }
  };
  return (
    <Dialog
      title={strings.snoozeTitle}
      explanation={strings.snoozeExplanation}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{ui.cancel}</Button>
          <Button kind="primary" onClick={() => choose(close)}>
            {strings.snooze}
          </Button>
        </>
      )}
    >
      <Field label={strings.snoozeWhen(zone)} error={isWrong ? strings.snoozeInvalid : undefined}>
        {(control) => (
          <div class="field-input">
            <input {...control} type="datetime-local" value={text} onInput={({ currentTarget }) => (setText(currentTarget.value), setIsWrong(false))} />
          </div>
        )}
      </Field>
    </Dialog>
  );
}
