/**
 * Shows the screen that an address is of. Promises that one's own script and style are loaded when it is first wanted
 * and kept, and that whatever keeps a screen from being shown (no permission, no such address, not loaded, a fault in
 * it) is said in words, with a way out.
 */
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { strings } from '../strings/shell.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { useDesk } from './desk.ts';
import { addressOf, type Found, type Place } from './router.ts';
import { HOME, type Screen } from './screens.ts';

/** Screens that have been loaded, so that they are there at once the next time. */
const loaded = new Map<Screen, ComponentType<Place>>();

/** Begins to load a screen before anything shows it. */
export async function preload(screen: Screen): Promise<ComponentType<Place>> {
  const { default: Component } = await screen.load();
  loaded.set(screen, Component);
  return Component;
}

export function ScreenHost({ found }: { found: Found<Screen> | undefined }) {
  const desk = useDesk();
  const title = found?.row.title;
  const heading = useRef(title);
  useLayoutEffect(() => {
    // On another screen the reading begins anew: a screen reader is to hear where it is.
    if (heading.current !== title && document.activeElement === document.body) {
      document.querySelector<HTMLElement>('main')?.focus();
    }
    heading.current = title;
  }, [title]);

  if (!found) {
    return <Notice title={strings.notFound} explanation={strings.notFoundExplanation} action={<ToInbox />} />;
  }
  if (!desk.may(found.row.permission)) {
    return (
      <Notice title={strings.notAllowed(found.row.title)} explanation={strings.notAllowedExplanation} action={<ToInbox />} />
    );
  }
  return <Loaded key={found.row.path} screen={found.row} place={found} />;
}

function Loaded({ screen, place }: { screen: Screen; place: Place }) {
  const [, shown] = useState<ComponentType<Place>>();
  const [failed, setFailed] = useState(false);
  const [fault, forgive] = useErrorBoundary((error) => console.error(error));
  const Component = loaded.get(screen);
  useEffect(() => {
    if (!Component && !failed) {
      preload(screen).then(
        (component) => shown(() => component),
        (error: unknown) => {
          console.error(error);
          setFailed(true);
        },
      );
    }
  }, [screen, failed]);

  if (fault !== undefined) {
    return (
      <Notice
        title={strings.broken(screen.title)}
        explanation={strings.brokenExplanation}
        action={<Button onClick={() => forgive()}>{strings.tryAgain}</Button>}
      />
    );
  }
  if (failed) {
    return (
      <Notice
        title={strings.notLoaded(screen.title)}
        explanation={strings.notLoadedExplanation}
        // The browser remembers that a module could not be loaded: only a new page asks again.
        action={<Button onClick={() => location.reload()}>{strings.reload}</Button>}
      />
    );
  }
  return Component ? (
    <Component parameters={place.parameters} query={place.query} />
  ) : (
    <main class="screen-loading" tabIndex={-1}>
      <p role="status">{strings.loading(screen.title)}</p>
    </main>
  );
}

function Notice({ title, explanation, action }: { title: string; explanation: string; action: ComponentChildren }) {
  return (
    <main class="screen-notice" tabIndex={-1}>
      <div class="empty" role="alert">
        <span class="empty-icon" aria-hidden="true">
          <Icon name="alert" />
        </span>
        <h1>{title}</h1>
        <p>{explanation}</p>
        {action}
      </div>
    </main>
  );
}

function ToInbox() {
  return (
    <a class="button button-secondary button-normal" href={addressOf(HOME)}>
      {strings.toInbox}
    </a>
  );
}
