/** The words of the frame around all screens. */
import type { Presence } from '@wire';
import { plural } from './plural.ts';

export const strings = {
  product: 'Voxora',
  setUpTitle: 'Set up · Voxora',
  starting: 'Starting…',
  navigation: 'Main',
  settings: 'Settings',
  settingsExplanation: 'Choose what to set up.',
  backToSettings: 'All settings',
  unread: (count: number) => plural(count, { one: '# unread conversation', other: '# unread conversations' }),
  skip: 'Skip the navigation',

  me: (name: string, presence?: string) => `Your account: ${name}${presence === undefined ? '' : `, ${presence.toLowerCase()}`}`,
  presences: { online: 'Online', away: 'Away', busy: 'Busy', offline: 'Offline' } as Readonly<Record<Presence, string>>,
  untouched: 'Away, because nobody has touched this for a while.',
  giveBack: 'Offline, and give back',
  giveBackHint: 'Your open conversations go back into the queue.',
  presenceFailed: 'You are not connected. Try again in a moment.',
  account: 'My account',
  theme: 'Appearance',
  themes: { auto: 'Like the system', light: 'Light', dark: 'Dark' },
  keys: 'Keyboard shortcuts',
  cancel: 'Cancel',
  signOut: 'Sign out',
  signOutQuestion: 'Sign out?',
  signOutExplanation: 'This browser signs out, in all its tabs. What you have written and not sent is kept here.',
  signingOut: 'Signing out…',
  stillSignedIn: 'You are still signed in.',

  loading: (title: string) => `Loading ${title}…`,
  notFound: 'There is no such page',
  notFoundExplanation: 'Its address may be mistyped, or it may have moved.',
  notAllowed: (title: string) => `${title} is not open to you`,
  notAllowedExplanation: 'Your account may not use this page. Ask an admin if it should.',
  toInbox: 'Go to the inbox',
  notLoaded: (title: string) => `${title} could not be loaded`,
  notLoadedExplanation: 'Perhaps Voxora has been updated meanwhile, or you are offline.',
  broken: (title: string) => `${title} has stopped working`,
  brokenExplanation: 'This is a fault of Voxora. What you have written is kept.',
  reload: 'Reload the page',
  tryAgain: 'Try again',

  connecting: 'Connecting…',
  notConnected: 'Not connected.',
  offline: 'You are offline. What you send is kept and goes out when you are back.',
  stopped: 'The server has ended the connection.',
  againIn: (seconds: number) => (seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again…'),
  tryNow: 'Try now',

  find: 'Find and do',
  findPlaceholder: 'Find anything, or do something…',
  conversations: 'Conversations',

  groups: { everywhere: 'Everywhere', goTo: 'Go to' },
  commands: {
    help: 'Show the keyboard shortcuts',
    find: 'Find a conversation, a page, or something to do',
    presence: (presence: string) => `Be ${presence.toLowerCase()}`,
    theme: (theme: string) => `Appearance: ${theme}`,
  },
} as const;
