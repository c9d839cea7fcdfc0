/** The words of the lines that say what happened to a conversation, after the name of whoever did it. */
export const strings = {
  you: 'You',
  setStatus: (status: string) => ` set the status to ${status}.`,
  tagged: ' added the tag ',
  untagged: ' removed the tag ',
  unassigned: ' assigned this conversation to nobody.',
  took: ' took this conversation.',
  assigned: ' assigned this conversation to ',
  toYou: 'you',
  stop: '.',
} as const;
