/**
 * The area of settings: what there is to set up on one side, the chosen part beside it. On a narrow screen the two are
 * pages of their own.
 */
import { useEffect } from 'preact/hooks';
import { strings } from '../strings/shell.ts';
import { Icon } from '../ui/icon.tsx';
import { useDesk } from './desk.ts';
import { FirstSteps, useFirstSteps } from './first-steps.tsx';
import { addressOf, navigate, type Found } from './router.ts';
import { ScreenHost } from './screen-host.tsx';
import { SCREENS, SETTINGS, type Screen } from './screens.ts';

const WIDE = matchMedia('(width >= 48rem)');

export function Settings({ found, isIndex }: { found: Found<Screen> | undefined; isIndex: boolean }) {
  const desk = useDesk();
  const screens = SCREENS.filter((screen: Screen) => screen.section === 'settings' && desk.may(screen.permission));
  const first = screens[0];
  const steps = useFirstSteps();
  useEffect(() => {
    if (isIndex && first && WIDE.matches) {
      navigate(addressOf(first.path), { replace: true });
    }
  }, [isIndex, first]);
  // On its own, the list is the page.
  const isPage = isIndex && first !== undefined;
  const Area = isPage ? 'main' : 'div';
  const Heading = isPage ? 'h1' : 'h2';
  return (
    <Area tabIndex={isPage ? -1 : undefined} class={isIndex ? 'settings settings-index' : 'settings'}>
      <nav class="settings-nav" aria-label={strings.settings}>
        <Heading>{strings.settings}</Heading>
        {steps.length > 0 && <FirstSteps steps={steps} compact />}
        <ul>
          {screens.map((screen: Screen) => (
            <li key={screen.path}>
              <a
                class="settings-link"
                href={addressOf(screen.path)}
                {...(screen.path === found?.row.path && { 'aria-current': 'page' as const })}
              >
                <Icon name={screen.icon} />
                <span class="settings-title">{screen.title}</span>
                {screen.explanation !== undefined && <span class="settings-explanation">{screen.explanation}</span>}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {!isPage && (
        <div class="settings-page">
          <nav class="settings-back" aria-label={strings.settings}>
            <a href={addressOf(SETTINGS)}>
              <Icon name="back" />
              {strings.backToSettings}
            </a>
          </nav>
          <ScreenHost found={found} />
        </div>
      )}
    </Area>
  );
}
