/** The navigation between the parts of the dashboard: a rail beside the screen, or a bar below it on a phone. */
import type { VNode } from 'preact';
import { strings } from '../strings/shell.ts';
import { Count } from '../ui/badge.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { LogoMark } from '../ui/logo.tsx';
import { useDesk } from './desk.ts';
import { MeMenu } from './me-menu.tsx';
import { addressOf, type Found } from './router.ts';
import { SCREENS, SETTINGS, type Screen } from './screens.ts';

interface Props {
  found: Found<Screen> | undefined;
  isInSettings: boolean;
  unread: number;
  onhelp(): void;
  onfind(): void;
}

export function Rail({ found, isInSettings, unread, onhelp, onfind }: Props) {
  const desk = useDesk();
  const allowed = SCREENS.filter((screen: Screen) => desk.may(screen.permission));
  return (
    <nav class="rail" aria-label={strings.navigation}>
      <LogoMark />
      <ul>
        <li>
          <button
            type="button"
            class="rail-link"
            aria-label={strings.find}
            aria-haspopup="dialog"
            aria-keyshortcuts="Control+K"
            data-tooltip={strings.find}
            onClick={onfind}
          >
            <Icon name="search" />
          </button>
        </li>
        {allowed
          .filter((screen: Screen) => screen.section === 'rail')
          .map((screen) => (
            <RailLink
              key={screen.path}
              icon={screen.icon}
              title={screen.title}
              address={addressOf(screen.path)}
              isHere={screen.path === found?.row.path}
              badge={screen.path === SCREENS[0].path && unread > 0 ? <Unread count={unread} /> : undefined}
            />
          ))}
        {allowed.some((screen: Screen) => screen.section === 'settings') && (
          <RailLink icon="settings" title={strings.settings} address={addressOf(SETTINGS)} isHere={isInSettings} />
        )}
      </ul>
      <MeMenu onhelp={onhelp} />
    </nav>
  );
}

interface LinkProps {
  icon: IconName;
  title: string;
  address: string;
  isHere: boolean;
  badge?: VNode | undefined;
}

function RailLink({ icon, title, address, isHere, badge }: LinkProps) {
  return (
    <li>
      <a class="rail-link" href={address} data-tooltip={title} {...(isHere && { 'aria-current': 'page' as const })}>
        <Icon name={icon} />
        <span class="hidden-label">{title}</span>
        {badge}
      </a>
    </li>
  );
}

/** Beside the title, so that a screen reader reads both. */
function Unread({ count }: { count: number }) {
  return (
    <span class="rail-badge">
      <Count count={count} label={`, ${strings.unread(count)}`} />
    </span>
  );
}
