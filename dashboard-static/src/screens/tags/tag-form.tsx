import { ApiError } from '@client/api.js';
import type { Tag } from '@wire';
import { useId } from 'preact/hooks';
import { namedRules } from '../../data/rules.ts';
import { useForm } from '../../data/use-form.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/tags.ts';
import { Button } from '../../ui/button.tsx';
import { ColourChoice } from '../../ui/colour-choice.tsx';
import { COLOURS } from '../../ui/colours.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { LongTextField, TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { updateOf } from './tag-update.ts';

/** Makes a tag, or changes one. */
export function TagForm({ tag, onclose }: { tag?: Tag; onclose(): void }) {
  const { tags } = useDesk();
  const id = useId();
  const form = useForm(
    {
      values: { name: tag?.name ?? '', color: tag?.color ?? COLOURS[0], description: tag?.description ?? '' },
      rules: namedRules,
      // The version that is here now: after somebody else's change that is theirs, and it has been said.
      send: async (values) => {
        const saved = await (tag
          ? tags.active.change(tags.active.get(tag.id) ?? tag, updateOf(values))
          : tags.active.create({
              name: values.name.trim(),
              color: values.color,
              ...(values.description.trim() !== '' && { description: values.description.trim() }),
            }));
        toast(tag ? strings.saved(saved.name) : strings.made(saved.name), { tone: 'good' });
      },
      refusal: (error) =>
        error instanceof ApiError && error.code === 'duplicate_key'
          ? { name: strings.nameTaken }
          : error instanceof ApiError && error.code === 'precondition_failed'
            ? strings.changedMeanwhile
            : undefined,
    },
    () => document.getElementById(id)?.closest('dialog')?.close(),
  );
  return (
    <Dialog
      title={tag ? strings.editTitle(tag.name) : strings.newTitle}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          <Button kind="primary" type="submit" form={id} busy={form.busy}>
            {tag ? strings.save : strings.create}
          </Button>
        </>
      )}
    >
      <form class="tag-form" id={id} noValidate onSubmit={form.onSubmit}>
        <TextField {...form.field('name')} label={strings.name} autocomplete="off" />
        <ColourChoice {...form.field('color')} />
        <LongTextField {...form.field('description')} label={strings.description} hint={strings.descriptionHint} rows={2} optional />
        <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
      </form>
    </Dialog>
  );
}
