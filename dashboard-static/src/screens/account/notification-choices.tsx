/**
 * What one is told of while the dashboard is open, and how: one's own choices, which hold at once and in every browser, and
 * whether this browser shows anything on the desktop, which only it can be asked for.
 */
import { ApiError } from '@client/api.js';
import { askForNotifications, notificationPermission } from '@client/facilities.js';
import type { Notifications } from '@wire';
import { useEffect, useState } from 'preact/hooks';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/account.ts';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/select.tsx';
import { Switch } from '../../ui/switch.tsx';
import { useSource } from '../../ui/use-source.ts';

const ABOUT = ['mine', 'all', 'nothing'] as const;

export function NotificationChoices() {
  const desk = useDesk();
  useSource(desk.session);
  const { notifications } = desk.user;
  const [saving, setSaving] = useState<keyof Notifications>();

  const save = async <Name extends keyof Notifications>(name: Name, value: Notifications[Name]) => {
    setSaving(name);
    const send = async () => {
      const { user } = desk;
      const body = { notifications: { ...user.notifications, [name]: value } };
      desk.session.know(await desk.ask('PATCH /api/v1/auth/me', { body, version: user.version }));
    };
    try {
      await send().catch(async (error: unknown) => {
        if (!(error instanceof ApiError && error.code === 'precondition_failed')) {
          throw error;
        }
        // Something else of the account was changed elsewhere; this one choice is as good as before.
        desk.session.know(await desk.ask('GET /api/v1/auth/me'));
        await send();
      });
    } catch (error) {
      desk.failed(strings.notificationsNotSaved, error);
    }
    setSaving(undefined);
  };

  const isTold = notifications.desktop !== 'nothing';
  return (
    <div class="account-form">
      <Select
        label={strings.tellMe}
        value={notifications.desktop}
        options={ABOUT.map((value) => ({ value, label: strings.about[value], hint: strings.aboutHints[value] }))}
        busy={saving === 'desktop'}
        onchange={(desktop) => void save('desktop', desktop)}
      />
      {isTold && (
        <>
          <div class="account-choice">
            <Switch
              label={strings.sound}
              hint={strings.soundHint}
              checked={notifications.sound}
              onchange={(sound) => void (saving === undefined && save('sound', sound))}
            />
            {notifications.sound && (
              <Button size="small" onClick={() => void desk.notifier.chime.play()}>
                {strings.playSound}
              </Button>
            )}
          </div>
          <OnDesktop />
        </>
      )}
    </div>
  );
}

/** Whether this browser shows notifications, and the way to have it do so. */
function OnDesktop() {
  const { notifier } = useDesk();
  const [permission, setPermission] = useState(notificationPermission);
  useEffect(() => {
    // It may be given and taken in the browser's own settings.
    const follow = () => setPermission(notificationPermission());
    addEventListener('focus', follow);
    return () => removeEventListener('focus', follow);
  }, []);
  const showOne = () => {
    if (!notifier.show(strings.example, strings.exampleText)) {
      setPermission('unsupported');
    }
  };
  const allow = async () => {
    const answer = await askForNotifications();
    setPermission(answer);
    if (answer === 'granted') {
      showOne();
    }
  };
  return (
    <div class="account-choice">
      <div role="status">
        <p>{strings.desktop}</p>
        <p class="field-hint">{strings.desktopIs[permission]}</p>
      </div>
      {permission === 'default' && (
        <Button size="small" onClick={() => void allow()}>
          {strings.allow}
        </Button>
      )}
      {permission === 'granted' && (
        <Button size="small" onClick={showOne}>
          {strings.showOne}
        </Button>
      )}
    </div>
  );
}
