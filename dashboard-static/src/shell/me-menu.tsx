/** Oneself: who is signed in here, how the dashboard looks, the keys, and the way out. */
import type { Presence } from '@wire';
import { useState } from 'preact/hooks';
import { strings } from '../strings/shell.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import type { IconName } from '../ui/icon.tsx';
import { Menu } from '../ui/menu.tsx';
import { toast } from '../ui/toast.tsx';
import { useSource } from '../ui/use-source.ts';
import { useCommands, useDesk } from './desk.ts';
import { addressOf, navigate } from './router.ts';
import { ACCOUNT } from './screens.ts';
import { THEMES, THEME_ICONS, theme } from './theme.ts';

const PRESENCES = ['online', 'away', 'busy', 'offline'] as const satisfies readonly Presence[];
const PRESENCE_ICONS: Readonly<Record<Presence, IconName>> = { online: 'resolve', away: 'clock', busy: 'pending', offline: 'closed' };

export function MeMenu({ onhelp }: { onhelp(): void }) {
  const { user, inbox } = useDesk();
  const { people, chosen: chosenPresence, connection } = useSource(inbox);
  // Who is not connected does not know how the others see them.
  const presence = connection.name === 'live' ? people.find(({ id }) => id === user.id)?.presence : undefined;
  const choose = (one: Presence, giveBack = false) => {
    if (!inbox.choosePresence(one, giveBack)) {
      toast(strings.presenceFailed, { tone: 'bad' });
    }
  };
  const chosen = useSource(theme);
  const [asks, setAsks] = useState(false);
  useCommands({
    name: strings.groups.everywhere,
    scope: 'everywhere',
    commands: [
      ...PRESENCES.map((one) => ({
        words: strings.commands.presence(strings.presences[one]),
        icon: PRESENCE_ICONS[one],
        isOffered: () => chosenPresence !== undefined && one !== chosenPresence,
        run: () => choose(one),
      })),
      { words: strings.giveBack, icon: 'restore', isOffered: () => chosenPresence !== undefined, run: () => choose('offline', true) },
      { words: strings.signOut, icon: 'signOut', run: () => setAsks(true) },
    ],
  });
  return (
    <div class="me">
      <Menu
        title={`${user.name} · ${user.email}`}
        groups={[
          chosenPresence === undefined
            ? []
            : [
                ...PRESENCES.map((one) => ({
                  label: strings.presences[one],
                  icon: PRESENCE_ICONS[one],
                  ...(one === 'online' && chosenPresence === one && presence === 'away' && { hint: strings.untouched }),
                  checked: one === chosenPresence,
                  onchoose: () => choose(one),
                })),
                { label: strings.giveBack, icon: 'restore', hint: strings.giveBackHint, onchoose: () => choose('offline', true) },
              ],
          THEMES.map((one) => ({
            label: strings.themes[one],
            icon: THEME_ICONS[one],
            checked: one === chosen,
            onchoose: () => theme.choose(one),
          })),
          [
            { label: strings.account, icon: 'person', onchoose: () => navigate(addressOf(ACCOUNT)) },
            { label: strings.keys, icon: 'keyboard', shortcut: '?', onchoose: onhelp },
          ],
          [{ label: strings.signOut, icon: 'signOut', onchoose: () => setAsks(true) }],
        ]}
      >
        {(trigger) => (
          <button type="button" class="me-button" {...trigger} aria-label={strings.me(user.name, presence && strings.presences[presence])}>
            <Avatar actor={user} presence={presence} />
          </button>
        )}
      </Menu>
      {asks && <SignOut onclose={() => setAsks(false)} />}
    </div>
  );
}

/** It stays until the server has answered: "signed out" is to be true. */
function SignOut({ onclose }: { onclose(): void }) {
  const desk = useDesk();
  const [busy, setBusy] = useState(false);
  const signOut = async (close: () => void) => {
    setBusy(true);
    try {
      await desk.session.signOut();
    } catch (error) {
      close();
      desk.failed(strings.stillSignedIn, error);
    }
  };
  return (
    <Dialog
      urgent
      title={strings.signOutQuestion}
      explanation={strings.signOutExplanation}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          <Button kind="primary" busy={busy} onClick={() => void signOut(close)}>
            {busy ? strings.signingOut : strings.signOut}
          </Button>
        </>
      )}
    />
  );
}
