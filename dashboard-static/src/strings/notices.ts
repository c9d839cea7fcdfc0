/** The words of the lines that say what happened to a conversation, after the name of whoever did it. */
import type { ConversationStatus, Priority, ResponseTarget, Rule } from '@wire';
import { plural } from './plural.ts';

export const strings = {
  you: 'You',
  setStatus: {
    open: ' reopened this conversation.',
    pending: ' set this conversation to Pending.',
    snoozed: ' snoozed this conversation until the visitor answers.',
    resolved: ' resolved this conversation.',
    closed: ' closed this conversation.',
  } as Readonly<Record<ConversationStatus, string>>,
  snoozedUntil: (time: string) => ` snoozed this conversation until ${time}.`,
  woke: 'The snooze is over: this conversation is open again.',
  resolvedBySilence: 'This conversation was resolved: the visitor did not answer.',
  setPriority: {
    low: ' set the priority to Low.',
    normal: ' set the priority to Normal.',
    high: ' set the priority to High.',
    urgent: ' set the priority to Urgent.',
  } as Readonly<Record<Priority, string>>,
  missed: {
    first_response: 'The first response is late: it was due at ',
    next_response: 'The response is late: it was due at ',
    resolution: 'The resolution is late: it was due at ',
  } as Readonly<Record<ResponseTarget, string>>,
  tagged: ' added the tag ',
  untagged: ' removed the tag ',
  moved: ' moved this conversation to ',
  toQueue: ' moved this conversation to the general queue.',
  unassigned: ' assigned this conversation to nobody.',
  took: ' took this conversation.',
  assigned: ' assigned this conversation to ',
  toYou: 'you',
  stop: '.',

  cameToYou: 'This conversation came to you.',
  cameTo: 'This conversation came to ',
  backToQueue: 'This conversation went back into the queue.',
  wentOn: 'This conversation went on to ',
  why: 'Why?',
  rules: {
    round_robin: 'Of those who could take it, this person had been given none for the longest time.',
    least_busy: 'Of those who could take it, this person had the fewest open conversations.',
    same_agent: 'The visitor has talked with this person before, and they were there and had room.',
    went_offline: 'Whoever had it went offline while the visitor waited.',
    given_back: 'Whoever had it went offline and gave their conversations back.',
    left: 'Whoever had it can sign in no more.',
    overflow: 'It had waited for too long where it was.',
  } as Readonly<Record<Rule, string>>,
  waited: (time: string) => `It had waited for ${time}.`,
  who: 'Who',
  presence: 'Presence',
  load: 'Open conversations',
  loadOf: (load: number, capacity: number) => `${load} of ${capacity}`,
  more: (count: number) => plural(count, { one: 'and # more', other: 'and # more' }),
} as const;
