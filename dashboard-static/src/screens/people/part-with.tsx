/** Before somebody's way in is taken away: what will happen, and to how many conversations. */
import type { NameOfDeleted, User } from '@wire';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/people.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Select } from '../../ui/select.tsx';
import { toast } from '../../ui/toast.tsx';
import { openConversationsOf, type People } from './people-list.ts';

interface Props {
  people: People;
  user: User;
  onclose(): void;
}

const NAMES: readonly NameOfDeleted[] = ['keep', 'anonymise'];

export function Deactivate({ people, user, onclose }: Props) {
  const desk = useDesk();
  return (
    <PartWith
      user={user}
      title={strings.deactivateTitle(user.name)}
      explanation={strings.deactivateExplanation}
      self={strings.deactivateSelf}
      action={strings.deactivateAction}
      onclose={onclose}
      run={async () => {
        const { id, version } = people.get(user.id) ?? user;
        people.merge(await desk.ask('POST /api/v1/users/{id}/deactivate', { path: { id }, version }));
        toast(strings.wasDeactivated(user.name), { tone: 'good' });
      }}
      onrefused={() => void people.one(user.id).catch(() => {})}
    />
  );
}

export function Delete({ people, user, onclose }: Props) {
  const desk = useDesk();
  const [name, setName] = useState<NameOfDeleted>('keep');
  return (
    <PartWith
      user={user}
      title={strings.deleteTitle(user.name)}
      explanation={strings.deleteExplanation}
      self={strings.deleteSelf}
      action={strings.deleteAction}
      onclose={onclose}
      run={async () => {
        const { id, version } = people.get(user.id) ?? user;
        await desk.ask('DELETE /api/v1/users/{id}', { path: { id }, version, query: { name } });
        people.forget(id);
        toast(strings.wasDeleted(user.name), { tone: 'good' });
      }}
      onrefused={() => void people.one(user.id).catch(() => {})}
    >
      <Select
        label={strings.whichName}
        value={name}
        options={NAMES.map((one) => ({ value: one, label: strings.names[one], hint: strings.nameHints[one] }))}
        onchange={setName}
      />
    </PartWith>
  );
}

interface PartProps {
  user: User;
  title: string;
  explanation: string;
  /** What it means for oneself. */
  self: string;
  action: string;
  run(): Promise<void>;
  /** It may look otherwise by now. */
  onrefused(): void;
  onclose(): void;
  children?: ComponentChildren;
}

function PartWith({ user, title, explanation, self, action, run, onrefused, onclose, children }: PartProps) {
  const desk = useDesk();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const theirs = useOpenConversations(user);
  const part = async (close: () => void) => {
    setBusy(true);
    try {
      await run();
      close();
    } catch (failure) {
      setBusy(false);
      setError(explain(failure));
      onrefused();
    }
  };
  return (
    <Dialog
      urgent
      title={title}
      explanation={explanation}
      onclose={onclose}
      actions={(close) => (
        <>
          <Button onClick={close}>{strings.cancel}</Button>
          <Button kind="danger" busy={busy} onClick={() => void part(close)}>
            {action}
          </Button>
        </>
      )}
    >
      <p role="status">{theirs}</p>
      {user.id === desk.user.id && <p class="notice notice-bad">{self}</p>}
      {children}
      <div role="alert">{error !== undefined && <p class="notice notice-bad">{error}</p>}</div>
    </Dialog>
  );
}

/** In words, how many open conversations are theirs; nothing where that cannot be told. */
function useOpenConversations({ id, name }: User): string | undefined {
  const { ask } = useDesk();
  const [words, setWords] = useState<string | undefined>(strings.counting);
  useEffect(() => {
    openConversationsOf(ask, id).then(
      ({ count, more }) => setWords(more ? strings.hasManyConversations(name, count) : count === 0 ? strings.hasNone(name) : strings.hasConversations(name, count)),
      () => setWords(undefined),
    );
  }, [ask, id]);
  return words;
}
