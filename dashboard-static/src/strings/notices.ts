/** The words of the lines that say what happened to a conversation, after the name of whoever did it. */
import type { ConversationStatus, Priority, ResponseTarget } from '@wire';

export const strings = {
  you: 'You',
  setStatus: {
    open: ' reopened this conversation.',
    pending: ' set this conversation to Pending.',
    snoozed: ' snoozed this conversation.',
    resolved: ' resolved this conversation.',
    closed: ' closed this conversation.',
  } as Readonly<Record<ConversationStatus, string>>,
  setPriority: {
    low: ' set the priority to Low.',
    normal: ' set the priority to Normal.',
    high: ' set the priority to High.',
    urgent: ' set the priority to Urgent.',
  } as Readonly<Record<Priority, string>>,
  missed: {
    first_response: 'The first response is late.',
    next_response: 'The next response is late.',
    resolution: 'Resolving this conversation takes longer than it should.',
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
} as const;
