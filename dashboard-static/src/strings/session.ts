/** The words before anyone is signed in. */
import { plural } from './plural.ts';

export const strings = {
  signIn: 'Sign in',
  because: {
    'no-session': undefined,
    'signed-out': 'You are signed out.',
    'session-ended':
      'Your session has ended. Sign in to go on where you were; what you have written is kept. If you cannot, an admin may have deactivated your account: ask one.',
    'already-set-up': 'This deployment is set up already. Sign in with your account.',
    'password-reset': 'Your password is changed. Sign in with it.',
    'email-changed': 'Your address is changed. Sign in with the new one from now on.',
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

  forgot: 'Forgot your password?',
  forgotTitle: 'Reset your password',
  forgotExplanation: 'Enter the address of your account. You get a link by mail with which you choose another password.',
  sendLink: 'Send link',
  linkSent: (email: string) =>
    `If ${email} belongs to an account, a link is on its way. It is good for 30 minutes. Look among the junk mail, too.`,
  noMail: 'This deployment cannot send mail yet, so there is no link. Ask an admin of your team to set mail up.',
  backToSignIn: 'Back to sign-in',

  newPassword: 'New password',
  resetTitle: 'Choose another password',
  resetExplanation: 'It holds at once, and wherever you are signed in you will be asked for it.',
  setPassword: 'Set password',
  linkSpent: 'This link cannot be used',
  linkSpentExplanation: 'It was used already, a later one has taken its place, or it is too old.',
  resetSpentExplanation: 'It was used already, a later one has taken its place, or it is too old. Ask for another one where you sign in.',

  joinTitle: 'Join the team',
  looking: 'Looking at your invitation…',
  joinExplanation: (by: string, email: string) => `${by} has invited you. You will sign in as ${email}.`,
  joinInstead: (name: string) => `${name} is signed in in this browser, and will not be any more when you join.`,
  join: 'Join',
  invitationOver: 'This invitation is over',
  invitationOverExplanation:
    'It was accepted or taken back, a newer link has taken its place, or its time is over. If you have joined already, sign in. Otherwise ask whoever invited you for another link.',
  addressTaken: 'There is an account of this address already. Sign in with it.',
  notLooked: 'Your invitation could not be looked at.',

  confirmTitle: 'Confirm your new address',
  confirmExplanation: 'You sign in with it from then on.',
  confirm: 'Confirm',
  confirmed: (email: string) => `You sign in as ${email} from now on.`,
  passwordIsReset: 'The password is changed.',
  toSignIn: 'Sign in',
  goOn: 'Go on',

  busy: 'One moment…',
  wait: (seconds: number) => `Wait ${seconds} s`,
  noConnection: 'No connection',
  tryAgain: 'Try again',
} as const;
