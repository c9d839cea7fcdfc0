import { ApiError } from '@client/api.js';
import type { Tag } from '@wire';
import { useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk } from '../../shell/desk.ts';
import { addressOf } from '../../shell/router.ts';
import { strings } from '../../strings/tags.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { toast } from '../../ui/toast.tsx';
import { useSource } from '../../ui/use-source.ts';

interface Props {
  tag: Tag;
  onclose(): void;
  /** What can be done instead, where it can. */
  onmerge: (() => void) | undefined;
  onarchive: (() => void) | undefined;
}

/** Asks before a tag is deleted; of one that conversations have, says so, and what can be done instead. */
export function DeleteTag({ tag, onclose, onmerge, onarchive }: Props) {
  const { tags } = useDesk();
  useSource(tags.active);
  useSource(tags.archived);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const resource = tag.archivedAt === undefined ? tags.active : tags.archived;
  const now = resource.get(tag.id) ?? tag;
  const [wasInUse, setWasInUse] = useState(false);
  const count = Math.max(now.conversations, wasInUse ? 1 : 0);

  const remove = async (close: () => void) => {
    setBusy(true);
    try {
      await resource.remove(now);
      toast(strings.wasDeleted(tag.name), { tone: 'good' });
      close();
    } catch (failure) {
      setBusy(false);
      if (failure instanceof ApiError && failure.code === 'in_use') {
        setWasInUse(true);
      } else {
        setError(explain(failure));
      }
    }
  };
  if (count > 0) {
    return (
      <Dialog
        title={strings.inUse(tag.name)}
        explanation={strings.inUseExplanation(count)}
        onclose={onclose}
        actions={(close) => (
          <>
            <a class="button button-secondary button-normal" href={addressOf('/conversations/:id?', {}, { status: 'all', tag: tag.id })}>
              {strings.seeThem}
            </a>
            {onarchive && (
              <Button
                onClick={() => {
                  close();
                  onarchive();
                }}
              >
                {strings.archiveInstead}
              </Button>
            )}
            {onmerge && (
              <Button kind="primary" onClick={onmerge}>
                {strings.mergeInstead}
              </Button>
            )}
          </>
        )}
      />
    );
  }
  return (
    <Dialog
      urgent
      title={strings.deleteTitle(tag.name)}
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
