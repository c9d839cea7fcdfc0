/** Before a department is archived or deleted: what will happen, and to how many. */
import type { Department } from '@wire';
import { useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk } from '../../shell/desk.ts';
import { addressOf } from '../../shell/router.ts';
import { strings } from '../../strings/departments.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { toast } from '../../ui/toast.tsx';
import { useSource } from '../../ui/use-source.ts';

export const conversationsIn = ({ id }: Department) => addressOf('/conversations/:id?', {}, { status: 'all', department: id });
export const peopleIn = ({ id }: Department) => addressOf('/settings/people', {}, { department: id });

interface Props {
  department: Department;
  onclose(): void;
}

/** Asks before one is archived, which takes nothing away. */
export function ArchiveDepartment({ department, onclose, onarchive }: Props & { onarchive(): void }) {
  const { name, members, conversations } = department;
  return (
    <Dialog
      title={strings.archiveTitle(name)}
      explanation={strings.archiveExplanation}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          <Button
            kind="primary"
            onClick={() => {
              close();
              onarchive();
            }}
          >
            {strings.archiveAction}
          </Button>
        </>
      )}
    >
      {members + conversations > 0 && <p>{strings.keeps(members, conversations)}</p>}
    </Dialog>
  );
}

interface DeleteProps extends Props {
  /** What can be done instead, where it is not done already. */
  onarchive: (() => void) | undefined;
}

/** Asks before one is deleted; of one in which there is something, says so, and what can be done instead. */
export function DeleteDepartment({ department, onclose, onarchive }: DeleteProps) {
  const desk = useDesk();
  const { departments } = desk;
  useSource(departments.active);
  useSource(departments.archived);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const now = departments.listOf(department).get(department.id) ?? department;
  const { name, members, conversations } = now;

  const remove = async (close: () => void) => {
    setBusy(true);
    try {
      await departments.listOf(now).remove(now);
      toast(strings.wasDeleted(name), { tone: 'good' });
      close();
    } catch (failure) {
      setBusy(false);
      // What stands in the way may be out of one's own sight, or an invitation: the server says which, and how many.
      setError(explain(failure));
    }
  };
  const isEmpty = members + conversations === 0;
  const archive = (close: () => void) =>
    onarchive && (
      <Button
        kind={isEmpty ? 'secondary' : 'primary'}
        onClick={() => {
          close();
          onarchive();
        }}
      >
        {strings.archiveInstead}
      </Button>
    );
  if (!isEmpty) {
    return (
      <Dialog
        title={strings.inUse(name)}
        explanation={strings.inUseExplanation(members, conversations)}
        onclose={onclose}
        actions={(close) => (
          <>
            {members > 0 && desk.may('read_people') && (
              <a class="button button-secondary button-normal" href={peopleIn(now)}>
                {strings.seePeople}
              </a>
            )}
            {conversations > 0 && (
              <a class="button button-secondary button-normal" href={conversationsIn(now)}>
                {strings.seeConversations}
              </a>
            )}
            {archive(close)}
          </>
        )}
      />
    );
  }
  return (
    <Dialog
      urgent
      title={strings.deleteTitle(name)}
      explanation={strings.deleteExplanation}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          {error !== undefined && archive(close)}
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
