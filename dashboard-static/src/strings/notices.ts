/** The words of the lines that say what happened to a conversation, after the name of whoever did it. */
export const strings = {
  you: 'You',
  setStatus: (status: string) => ` set the status to ${status}.`,
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
