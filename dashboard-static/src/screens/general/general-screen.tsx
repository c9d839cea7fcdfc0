/**
 * What holds for the whole team: what it is called, what whoever has chosen nothing gets, and how far agents see.
 */
import { ApiError } from '@client/api.js';
import type { AgentsSee, Settings } from '@wire';
import { useEffect, useState } from 'preact/hooks';
import { explain } from '../../data/explain.ts';
import { languageChoices, timeZoneChoices } from '../../data/locales.ts';
import { useForm } from '../../data/use-form.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/general.ts';
import { Button } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Select } from '../../ui/select.tsx';
import { Skeleton, Skeletons } from '../../ui/skeleton.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { changesOf, settingsRules, valuesOf } from './settings-values.ts';
import './general.css';

export default function GeneralScreen() {
  const { ask } = useDesk();
  const [settings, setSettings] = useState<Settings>();
  const [failure, setFailure] = useState<unknown>();
  const load = () => {
    setFailure(undefined);
    ask('GET /api/v1/settings').then(setSettings, setFailure);
  };
  useEffect(load, [ask]);
  return (
    <main class="general" tabIndex={-1}>
      <header class="general-head">
        <h1>{strings.title}</h1>
        <p>{strings.introduction}</p>
      </header>
      {settings ? (
        // Another version is another form.
        <SettingsForm key={settings.version} settings={settings} onsaved={setSettings} />
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
            <div key={width} class="general-skeleton">
              <Skeleton width={width} />
            </div>
          ))}
        </Skeletons>
      )}
    </main>
  );
}

function SettingsForm({ settings, onsaved }: { settings: Settings; onsaved(settings: Settings): void }) {
  const { ask } = useDesk();
  const [shown] = useState(() => valuesOf(settings));
  // After somebody else's change it is theirs, and that has been said.
  const [version] = useState({ now: settings.version });
  const form = useForm({
    values: shown,
    rules: settingsRules,
    send: async (values) => {
      const body = changesOf(shown, values);
      if (!body) {
        toast(strings.saved, { tone: 'good' });
        return;
      }
      try {
        const saved = await ask('PATCH /api/v1/settings', { body, version: version.now });
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
  const [language, timeZone, agentsSee] = [form.field('language'), form.field('timeZone'), form.field('agentsSee')];
  return (
    <form class="general-form" noValidate onSubmit={form.onSubmit} aria-label={strings.title}>
      <TextField {...form.field('name')} label={strings.name} hint={strings.nameHint} autocomplete="organization" />
      <Select
        label={strings.language}
        hint={strings.languageHint}
        value={language.value}
        error={language.error}
        options={languageChoices(language.value)}
        onchange={language.oninput}
      />
      <Combobox
        label={strings.timeZone}
        hint={strings.timeZoneHint}
        value={timeZone.value}
        error={timeZone.error}
        options={timeZoneChoices(timeZone.value)}
        onchange={timeZone.oninput}
      />
      <TextField {...form.field('sessionDays')} label={strings.sessionDays} hint={strings.sessionDaysHint} autocomplete="off" />
      <Select
        label={strings.agentsSee}
        hint={strings.agentsSeeHints[agentsSee.value as AgentsSee]}
        value={agentsSee.value}
        error={agentsSee.error}
        options={(['departments', 'assigned'] as const).map((value) => ({
          value: value as string,
          label: strings.agentsSeeOptions[value],
          hint: strings.agentsSeeHints[value],
        }))}
        onchange={agentsSee.oninput}
      />
      <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
      <Button kind="primary" type="submit" busy={form.busy}>
        {strings.save}
      </Button>
    </form>
  );
}
