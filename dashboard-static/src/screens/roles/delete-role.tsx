import type { TeamRole } from '@wire';
import { useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk } from '../../shell/desk.ts';
import { addressOf } from '../../shell/router.ts';
import { strings } from '../../strings/roles.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { toast } from '../../ui/toast.tsx';
import { useSource } from '../../ui/use-source.ts';

export const peopleWith = ({ id }: TeamRole) => addressOf('/settings/people', {}, { role: id });

/** Asks before a role is deleted; of one that somebody has, says how many, and where they are. */
export function DeleteRole({ role, onclose }: { role: TeamRole; onclose(): void }) {
  const { roles } = useDesk();
  useSource<typeof roles.state>(roles);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const now = roles.get(role.id) ?? role;

  const remove = async (close: () => void) => {
    setBusy(true);
    try {
      await roles.remove(now);
      toast(strings.wasDeleted(role.name), { tone: 'good' });
      close();
    } catch (failure) {
      setBusy(false);
      // Somebody may be invited to it: the server says how many.
      setError(explain(failure));
    }
  };
  if (now.people > 0) {
    return (
      <Dialog
        title={strings.inUse(role.name)}
        explanation={strings.inUseExplanation(now.people)}
        onclose={onclose}
        actions={(close) => (
          <>
            <Button onClick={close}>{strings.cancel}</Button>
            <a class="button button-primary button-normal" href={peopleWith(role)}>
              {strings.seePeople}
            </a>
          </>
        )}
      />
    );
  }
  return (
    <Dialog
      urgent
      title={strings.deleteTitle(role.name)}
      explanation={strings.deleteExplanation}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          <Button kind="danger" busy={busy} onClick={() => void remove(close)}>
            {strings.deleteAction}
          </Button>
        </>
      )}
    >
      <div role="alert">{error !== undefined && <p class="notice notice-bad">{error}</p>}</div>
    </Dialog>
  );
}
