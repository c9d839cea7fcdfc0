/** The words of a new team's first steps. */
import type { Progress, StepName } from '../data/first-steps.ts';

const HINTS: Readonly<Record<StepName, string>> = {
  people: 'A link is enough: mail need not be set up for it.',
  chat: 'Put this line on every page. This is done when the first visitor writes.',
  hours: 'Make a department, and give it the hours at which somebody answers.',
  mail: 'Send yourself a test, to see that invitations and links for forgotten passwords arrive.',
};

export const strings = {
  title: 'First steps',
  count: (done: number, all: number) => `${done} of ${all}`,
  /** After the count. */
  done: 'done',
  names: {
    people: 'Invite your team',
    chat: 'Embed the chat',
    hours: 'Set your hours',
    mail: 'Try the mail',
  } as Readonly<Record<StepName, string>>,
  hint: (name: StepName, progress: Progress): string =>
    progress === 'pending'
      ? 'The test is on its way…'
      : progress === 'unset'
        ? 'No mail goes out yet. Without it you hand links over yourself, for invitations and for forgotten passwords.'
        : HINTS[name],
  isDone: 'Done',
  isOpen: 'To do',
  aside: 'Put aside',
  wasPutAside: 'The first steps are put aside. Find and do brings them back.',
  undo: 'Undo',
  show: 'Show the first steps',
  allDone: 'All first steps are done.',
} as const;
