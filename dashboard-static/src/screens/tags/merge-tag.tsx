import type { Tag } from '@wire';
import { useEffect, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/tags.ts';
import { Button } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { toast } from '../../ui/toast.tsx';
import { useSource } from '../../ui/use-source.ts';

/** Asks for the tag that is to take this one's place. */
export function MergeTag({ tag, onclose }: { tag: Tag; onclose(): void }) {
  const { tags } = useDesk();
  const { items, hasMore } = useSource(tags.active);
  const [into, setInto] = useState<string>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  // All of them are to choose from.
  useEffect(() => void (hasMore && tags.active.loadMore()), [hasMore, items.length]);

  const merge = async (close: () => void) => {
    const other = into === undefined ? undefined : tags.active.get(into);
    if (!other) {
      setError(strings.mergeMissing);
      return;
    }
    setBusy(true);
    try {
      await tags.mergeInto(tag, other.id);
      toast(strings.wasMerged(tag.name, other.name), { tone: 'good' });
      close();
    } catch (failure) {
      setError(explain(failure));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={strings.mergeTitle(tag.name)}
      explanation={strings.mergeExplanation}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          <Button kind="primary" busy={busy} onClick={() => void merge(close)}>
            {strings.mergeAction}
          </Button>
        </>
      )}
    >
      <Combobox
        label={strings.mergeInto}
        error={error}
        value={into}
        options={items.filter(({ id }) => id !== tag.id).map(({ id, name, color }) => ({ value: id, label: name, colour: color }))}
        onchange={(value) => {
          setInto(value);
          setError(undefined);
        }}
      />
    </Dialog>
  );
}
