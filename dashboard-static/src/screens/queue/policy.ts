/**
 * A queue's policy, as it is edited: times as people write them, and the rules that they have to fit (docs/API.md), told before
 * the server has to. What is wrong stands under its pointer in what is sent, so that the server's words stand there, too.
 */
import type { Policy, Priority, ResponseTimes, Routing } from '@wire';
import { secondsOf, spanOf } from '../../data/span.ts';
import { strings } from '../../strings/queue.ts';

export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const satisfies readonly Priority[];
export const TIMES = ['firstResponse', 'nextResponse', 'resolution'] as const satisfies readonly (keyof ResponseTimes)[];

const WARNING_CHARACTERS = 500;
const DAY = 86_400;
const MINUTE = 60;

export interface Draft {
  mode: Routing['mode'];
  sameAgentFirst: boolean;
  skills: Routing['skills'];
  giveBack: string;
  overflow?: { department: string; after: string };
  targets: Record<Priority, Record<keyof ResponseTimes, string>>;
  businessHours: boolean;
  pauseWhilePending: boolean;
  silence?: { after: string; warning: string; before: string };
}

export function draftOf({ routing, targets, autoResolve }: Policy): Draft {
  const minutes = (count: number | undefined) => (count === undefined ? '' : spanOf(count * MINUTE));
  const row = (priority: Priority) => [priority, Object.fromEntries(TIMES.map((time) => [time, minutes(targets[priority][time])]))];
  const { overflow } = routing;
  return {
    mode: routing.mode,
    sameAgentFirst: routing.sameAgentFirst,
    skills: routing.skills,
    giveBack: spanOf(routing.giveBackAfterSeconds),
    ...(overflow && { overflow: { department: overflow.department, after: spanOf(overflow.afterSeconds) } }),
    targets: Object.fromEntries(PRIORITIES.map(row)) as Draft['targets'],
    businessHours: targets.businessHours,
    pauseWhilePending: targets.pauseWhilePending,
    ...(autoResolve && {
      silence: { after: minutes(autoResolve.afterMinutes), warning: autoResolve.warning ?? '', before: minutes(autoResolve.warnMinutesBefore) },
    }),
  };
}

/** What a queue begins with that is worked off otherwise than the general one. */
export const usualPolicy = (): Policy => ({
  routing: { mode: 'least_busy', sameAgentFirst: true, skills: 'ignored', giveBackAfterSeconds: 120 },
  targets: { low: {}, normal: {}, high: {}, urgent: {}, businessHours: false, pauseWhilePending: true },
});

/** What silence begins with, once it has an effect. */
export const usualSilence = () => ({ after: '2 d', warning: '', before: '1 d' });

/** What is sent of a draft that fits. */
export function policyOf({ targets, silence, overflow, ...draft }: Draft): Policy {
  const seconds = (text: string) => secondsOf(text) ?? 0;
  const minutes = (text: string) => seconds(text) / MINUTE;
  const times = (priority: Priority): ResponseTimes =>
    Object.fromEntries(TIMES.flatMap((time) => (targets[priority][time].trim() === '' ? [] : [[time, minutes(targets[priority][time])]])));
  const warning = silence?.warning.trim();
  return {
    routing: {
      mode: draft.mode,
      sameAgentFirst: draft.sameAgentFirst,
      skills: draft.skills,
      giveBackAfterSeconds: seconds(draft.giveBack),
      ...(overflow && { overflow: { department: overflow.department, afterSeconds: seconds(overflow.after) } }),
    },
    targets: {
      low: times('low'),
      normal: times('normal'),
      high: times('high'),
      urgent: times('urgent'),
      businessHours: draft.businessHours,
      pauseWhilePending: draft.pauseWhilePending,
    },
    ...(silence && {
      autoResolve: {
        afterMinutes: minutes(silence.after),
        ...(warning && { warning }),
        // Where nothing is told, it does not matter when.
        warnMinutesBefore: warning ? minutes(silence.before) : 1,
      },
    }),
  };
}

/** What does not fit, by its pointer from the policy on. */
export function wrongOf({ giveBack, overflow, targets, silence }: Draft): Record<string, string> {
  const wrong: Record<string, string> = {};
  /** Between so many seconds, in whole ones of these. */
  const check = (pointer: string, text: string, least: number, most: number, step = 1) => {
    const seconds = secondsOf(text);
    const words =
      seconds === undefined ? strings.spanWrong
      : seconds < least || seconds > most ? strings.spanBeyond(spanOf(least), spanOf(most))
      : seconds % step > 0 ? strings.wholeMinutes
      : undefined;
    if (words !== undefined) {
      wrong[pointer] = words;
    }
  };
  check('routing/giveBackAfterSeconds', giveBack, 0, DAY);
  if (overflow) {
    if (overflow.department === '') {
      wrong['routing/overflow/department'] = strings.noDepartment;
    }
    check('routing/overflow/afterSeconds', overflow.after, 30, DAY);
  }
  for (const priority of PRIORITIES) {
    for (const time of TIMES) {
      if (targets[priority][time].trim() !== '') {
        check(`targets/${priority}/${time}`, targets[priority][time], MINUTE, 30 * DAY, MINUTE);
      }
    }
  }
  if (silence) {
    check('autoResolve/afterMinutes', silence.after, 5 * MINUTE, 90 * DAY, MINUTE);
    const warning = silence.warning.trim();
    if ([...warning].length > WARNING_CHARACTERS) {
      wrong['autoResolve/warning'] = strings.warningTooLong(WARNING_CHARACTERS);
    }
    const [before, after] = [secondsOf(silence.before), secondsOf(silence.after)];
    if (warning !== '') {
      check('autoResolve/warnMinutesBefore', silence.before, MINUTE, 90 * DAY, MINUTE);
      if (before !== undefined && after !== undefined && before >= after) {
        wrong['autoResolve/warnMinutesBefore'] = strings.beforeWrong;
      }
    }
  }
  return wrong;
}

/** A draft as a form has it, and back. */
export const written = (draft: Draft): string => JSON.stringify(draft);
export const read = (value: string): Draft => JSON.parse(value) as Draft;
