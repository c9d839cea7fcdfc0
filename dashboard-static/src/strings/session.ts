/** The words before anyone is signed in. */
import { plural } from './plural.ts';

export const strings = {
  signIn: 'Sign in',
  because: {
    'no-session': undefined,
    'signed-out': 'You are signed out.',
    'session-ended': 'Your session has ended. Sign in to go on where you were; what you have written is kept.',
    'already-set-up': 'This deployment is set up already. Sign in with your account.',
  },
  email: 'E-mail address',
  emailMissing: 'Enter your e-mail address.',
  emailWrong: 'Enter an e-mail address, like ada@example.com.',
  password: 'Password',
  passwordMissing: 'Enter your password.',

  setUp: 'Set up Voxora',
  setUpExplanation: 'Make the first account. It belongs to an administrator: that is you.',
  createAccount: 'Create account',
  token: 'Set-up token',
  tokenHint: 'It is in the set-up link: open that link again, or enter the secret SETUP_TOKEN of this deployment.',
  tokenMissing: 'Open the set-up link again, or enter the token.',
  name: 'Your name',
  nameHint: 'Visitors and colleagues see it.',
  nameMissing: 'Enter your name.',
  nameTooLong: (limit: number) => `Enter a name of at most ${limit} characters.`,
  passwordHint: (shortest: number) => `At least ${shortest} characters. A few unrelated words make a good one.`,
  passwordNew: 'Choose a password.',
  passwordTooShort: (shortest: number, length: number) =>
    `The password needs at least ${plural(shortest, { one: '# character', other: '# characters' })}; it has ${length}.`,
  passwordTooLong: (longest: number, length: number) =>
    `The password may have at most ${plural(longest, { one: '# character', other: '# characters' })}; it has ${length}.`,

  busy: 'One moment…',
  wait: (seconds: number) => `Wait ${seconds} s`,
  noConnection: 'No connection',
  tryAgain: 'Try again',
} as const;
