/** How the general queue is worked off, and the queue of every department that says nothing else. */
import { ApiError } from '@client/api.js';
import type { Settings } from '@wire';
import { useEffect, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { useForm } from '../../data/use-form.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/queue.ts';
import { Button } from '../../ui/button.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.tsx';
import { PolicyFields } from './policy-fields.tsx';
import { draftOf, policyOf, read, written, wrongOf } from './policy.ts';

export default function QueueScreen() {
  const { ask } = useDesk();
  const [settings, setSettings] = useState<Settings>();
  const [failure, setFailure] = useState<unknown>();
  const load = () => {
    setFailure(undefined);
    ask('GET /api/v1/settings').then(setSettings, setFailure);
  };
  useEffect(load, [ask]);
  return (
    <main class="queue" tabIndex={-1}>
      <header class="queue-head">
        <h1>{strings.title}</h1>
        <p>{strings.introduction}</p>
      </header>
      {settings ? (
        // Another version is another form.
        <QueueForm key={settings.version} settings={settings} onsaved={setSettings} />
      ) : failure !== undefined ? (
        <div class="load-more" role="alert">
          <p>
            {strings.failed} {explain(failure)}
          </p>
          <Button onClick={load}>{strings.tryAgain}</Button>
        </div>
      ) : (
        <Skeletons label={strings.loading}>
          {[34, 52, 41, 47].map((width) => (
            <div key={width} class="queue-skeleton">
              <Skeleton width={width} />
            </div>
          ))}
        </Skeletons>
      )}
    </main>
  );
}

function QueueForm({ settings, onsaved }: { settings: Settings; onsaved(settings: Settings): void }) {
  const { ask } = useDesk();
  // After somebody else's change it is theirs, and that has been said.
  const [version] = useState({ now: settings.version });
  const form = useForm({
    values: { policy: written(draftOf(settings.policy)) },
    rules: { policy: (value: string) => wrongOf(read(value)) },
    send: async ({ policy }) => {
      try {
        const saved = await ask('PATCH /api/v1/settings', { body: { policy: policyOf(read(policy)) }, version: version.now });
        toast(strings.saved, { tone: 'good' });
        onsaved(saved);
      } catch (error) {
        if (error instanceof ApiError && error.code === 'precondition_failed') {
          version.now = (await ask('GET /api/v1/settings')).version;
        }
        throw error;
      }
    },
    refusal: (error) => (error instanceof ApiError && error.code === 'precondition_failed' ? strings.changedMeanwhile : undefined),
  });
  const policy = form.field('policy');
  return (
    <form class="queue-form" noValidate onSubmit={form.onSubmit} aria-label={strings.title}>
      <PolicyFields
        policy={read(policy.value)}
        errorAt={(pointer) => form.errors[`policy/${pointer}`]}
        onchange={(next) => policy.oninput(written(next))}
      />
      <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
      <Button kind="primary" type="submit" busy={form.busy}>
        {strings.save}
      </Button>
    </form>
  );
}
