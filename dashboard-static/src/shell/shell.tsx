/**
 * The frame around the screens of whoever is signed in: the navigation, what is said about the connection, the screen,
 * and what lies above all of them. On a phone the navigation is a bar at the bottom.
 */
import type { User } from '@wire';
import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../session/session.ts';
import { strings } from '../strings/shell.ts';
import { ToastRegion } from '../ui/toast.tsx';
import { TooltipHost } from '../ui/tooltip.tsx';
import { useSource } from '../ui/use-source.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { worst } from './connection.ts';
import { Desk, DeskContext, useCommands, useDesk } from './desk.ts';
import { KeyHelp } from './key-help.tsx';
import { Rail } from './rail.tsx';
import { addressOf, find, isAt, navigate, useFragment } from './router.ts';
import { ScreenHost } from './screen-host.tsx';
import { HOME, SCREENS, SETTINGS, type Screen } from './screens.ts';
import { Settings } from './settings.tsx';
import './shell.css';

export function Shell({ session, user, permissions }: { session: Session; user: User; permissions: readonly string[] }) {
  const [desk] = useState(() => new Desk(session, user, permissions));
  useEffect(() => desk.open(), [desk]);
  return (
    <DeskContext.Provider value={desk}>
      <Frame />
      <ToastRegion />
      <TooltipHost />
    </DeskContext.Provider>
  );
}

function Frame() {
  const desk = useDesk();
  const fragment = useFragment();
  const { connection, unread } = useSource(desk.inbox);
  const { connection: room } = useSource(desk.conversations);
  const [helps, setHelps] = useState(false);
  const found = find<Screen>(SCREENS, fragment);
  const isInSettings = fragment.startsWith(`#${SETTINGS}`);
  const isDetail = Object.keys(found?.parameters ?? {}).length > 0;

  useEffect(() => {
    if (isAt('/', fragment)) {
      navigate(addressOf(HOME), { replace: true });
    }
  }, [fragment]);
  useEffect(() => {
    const title = found?.row.title ?? (isInSettings ? strings.settings : strings.notFound);
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${title} · ${strings.product}`;
  }, [unread, found?.row, isInSettings]);

  useCommands({
    name: strings.groups.everywhere,
    commands: [
      { key: '?', words: strings.commands.help, run: () => setHelps(true) },
      { key: 'i', words: strings.commands.inbox, run: () => navigate(addressOf(HOME)) },
    ],
  });

  return (
    <div class={isDetail ? 'shell shell-detail' : 'shell'}>
      <Rail found={found} isInSettings={isInSettings} unread={unread} onhelp={() => setHelps(true)} />
      <div class="shell-page">
        <ConnectionBanner
          state={worst(room ? [connection, room] : [connection])}
          onretry={() => {
            desk.inbox.reconnect();
            desk.conversations.reconnect();
          }}
        />
        {isInSettings ? (
          <Settings found={found} isIndex={isAt(SETTINGS, fragment)} />
        ) : (
          <ScreenHost found={found} />
        )}
      </div>
      {helps && <KeyHelp onclose={() => setHelps(false)} />}
    </div>
  );
}
