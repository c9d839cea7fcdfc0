/** The words of the lines that say what happened to a conversation, after the name of whoever did it. */
import type { ConversationStatus } from '@wire';

export const strings = {
  you: 'You',
  setStatus: {
    open: ' reopened this conversation.',
    pending: ' set this conversation to Pending.',
    resolved: ' resolved this conversation.',
    closed: ' closed this conversation.',
  } as Readonly<Record<ConversationStatus, string>>,
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
