/**
 * The frame around the screens of whoever is signed in: the navigation, what is said about the connection, the screen,
 * and what lies above all of them. On a phone the navigation is a bar at the bottom.
 */
import type { User } from '@wire';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Session } from '../session/session.ts';
import { strings as firstSteps } from '../strings/first-steps.ts';
import { strings } from '../strings/shell.ts';
import { ToastRegion } from '../ui/toast.tsx';
import { TooltipHost } from '../ui/tooltip.tsx';
import { useSource } from '../ui/use-source.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { worst } from './connection.ts';
import { Desk, DeskContext, useCommands, useDesk } from './desk.ts';
import { KeyHelp } from './key-help.tsx';
import { PALETTE_KEY, Palette } from './palette.tsx';
import { Rail } from './rail.tsx';
import { addressOf, find, isAt, navigate, useFragment } from './router.ts';
import { ScreenHost } from './screen-host.tsx';
import { HOME, SCREENS, SETTINGS, type Screen } from './screens.ts';
import { Settings } from './settings.tsx';
import { THEMES, THEME_ICONS, theme } from './theme.ts';
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
  const subject = useSource(desk.subject);
  const [helps, setHelps] = useState(false);
  /** Which time it is that something is looked for; 0 if nothing is. */
  const [finds, setFinds] = useState(0);
  const times = useRef(0);
  // One that is being closed is gone a moment later: another one takes its place at once, and with it the next key.
  const openPalette = () => setFinds((times.current += 1));
  const found = find<Screen>(SCREENS, fragment);
  const isInSettings = fragment.startsWith(`#${SETTINGS}`);
  const isDetail = Object.keys(found?.parameters ?? {}).length > 0;

  useEffect(() => {
    if (isAt('/', fragment)) {
      // Whoever may not see it begins with the first that is open to them; their own account always is.
      const home = SCREENS.find((screen: Screen) => desk.may(screen.permission))?.path ?? HOME;
      navigate(addressOf(home), { replace: true });
    }
  }, [fragment]);
  useEffect(() => {
    const title = found?.row.title ?? (isInSettings ? strings.settings : strings.notFound);
    const parts = [...(subject === undefined ? [] : [subject]), title, strings.product];
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${parts.join(' · ')}`;
  }, [unread, subject, found?.row, isInSettings]);

  useCommands({
    name: strings.groups.everywhere,
    scope: 'everywhere',
    commands: [
      { key: PALETTE_KEY, words: strings.commands.find, icon: 'search', inText: true, run: openPalette },
      { key: '?', words: strings.commands.help, icon: 'keyboard', run: () => setHelps(true) },
      {
        words: firstSteps.show,
        icon: 'resolve',
        isOffered: () => desk.firstSteps.isHidden,
        run: () => {
          desk.firstSteps.putAside(false);
          navigate(addressOf(SETTINGS));
        },
      },
      ...THEMES.map((one) => ({
        words: strings.commands.theme(strings.themes[one]),
        icon: THEME_ICONS[one],
        isOffered: () => theme.state !== one,
        run: () => theme.choose(one),
      })),
    ],
  });
  useCommands({
    name: strings.groups.goTo,
    scope: 'everywhere',
    commands: SCREENS.filter((screen: Screen) => desk.may(screen.permission)).map(({ path, title, icon, key }: Screen) => ({
      key,
      words: title,
      icon,
      run: () => navigate(addressOf(path)),
    })),
  });

  return (
    <div class={isDetail ? 'shell shell-detail' : 'shell'}>
      <Rail found={found} isInSettings={isInSettings} unread={unread} onhelp={() => setHelps(true)} onfind={openPalette} />
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
      {finds > 0 && <Palette key={finds} onclose={() => setFinds(0)} />}
    </div>
  );
}
