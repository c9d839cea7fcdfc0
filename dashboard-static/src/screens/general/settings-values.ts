/** The settings as a form has them, the rules they have to fit (docs/API.md), and what is sent of them. */
import { NAME_CHARACTERS } from '../../../../domain/bindings/wire-values.js';
import type { AgentsSee, Language, Settings, UpdateSettings } from '@wire';
import { strings } from '../../strings/general.ts';
import { strings as session } from '../../strings/session.ts';

const [LEAST_DAYS, MOST_DAYS] = [1, 90];

export const valuesOf = ({ name, language, timeZone, sessionDays, agentsSee }: Settings) => ({
  name,
  language: language as string,
  timeZone,
  sessionDays: String(sessionDays),
  agentsSee: agentsSee as string,
});

export type SettingsValues = ReturnType<typeof valuesOf>;

export const settingsRules = {
  name: (value: string) => {
    const length = [...value.trim()].length;
    return length === 0 ? session.nameMissing : length > NAME_CHARACTERS ? session.nameTooLong(NAME_CHARACTERS) : undefined;
  },
  sessionDays: (value: string) => {
    const days = /^\d{1,3}$/.test(value.trim()) ? Number(value) : 0;
    return days >= LEAST_DAYS && days <= MOST_DAYS ? undefined : strings.sessionDaysWrong(LEAST_DAYS, MOST_DAYS);
  },
};

/** What a person has changed of what they were shown; nothing if nothing. What they left alone stays whatever it is by now. */
export function changesOf(shown: SettingsValues, values: SettingsValues): UpdateSettings | undefined {
  const is = (name: keyof SettingsValues) => values[name].trim() !== shown[name];
  const changes: UpdateSettings = {
    ...(is('name') && { name: values.name.trim() }),
    ...(is('language') && { language: values.language as Language }),
    ...(is('timeZone') && { timeZone: values.timeZone }),
    ...(is('sessionDays') && { sessionDays: Number(values.sessionDays) }),
    ...(is('agentsSee') && { agentsSee: values.agentsSee as AgentsSee }),
  };
  return Object.keys(changes).length === 0 ? undefined : changes;
}
