import { ApiError } from '@client/api.js';
import { languageChoices, timeZoneChoices } from '../../data/locales.ts';
import { useForm } from '../../data/use-form.ts';
import { accountRules } from '../../session/rules.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/account.ts';
import { Button } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';

/** Stands for what the whole team has. */
const TEAM = '';
const LIKE_TEAM = { value: TEAM, label: strings.likeTeam };

export function ProfileForm() {
  const desk = useDesk();
  const { name, language, timeZone } = desk.user;
  const form = useForm({
    values: { name, language: language ?? TEAM, timeZone: timeZone ?? TEAM },
    rules: { name: accountRules.name },
    send: async (values) => {
      const body = { name: values.name.trim(), language: values.language || null, timeZone: values.timeZone || null };
      try {
        desk.session.know(await desk.ask('PATCH /api/v1/auth/me', { body, version: desk.user.version }));
        toast(strings.saved, { tone: 'good' });
      } catch (error) {
        if (error instanceof ApiError && error.code === 'precondition_failed') {
          desk.session.know(await desk.ask('GET /api/v1/auth/me'));
        }
        throw error;
      }
    },
    refusal: (error) => (error instanceof ApiError && error.code === 'precondition_failed' ? strings.changedMeanwhile : undefined),
  });
  const [languages, zones] = [form.field('language'), form.field('timeZone')];
  return (
    <form class="account-form" noValidate onSubmit={form.onSubmit} aria-label={strings.profile}>
      <TextField {...form.field('name')} label={strings.name} hint={strings.nameHint} autocomplete="name" />
      <Select
        label={strings.language}
        value={languages.value}
        error={languages.error}
        options={[LIKE_TEAM, ...languageChoices(languages.value)]}
        onchange={languages.oninput}
      />
      <Combobox
        label={strings.timeZone}
        value={zones.value}
        error={zones.error}
        options={[LIKE_TEAM, ...timeZoneChoices(zones.value)]}
        onchange={zones.oninput}
      />
      <div role="alert">{form.error !== undefined && <p class="notice notice-bad">{form.error}</p>}</div>
      <Button kind="primary" type="submit" busy={form.busy}>
        {strings.save}
      </Button>
    </form>
  );
}
