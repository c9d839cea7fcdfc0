/**
 * THE table of screens: each has a row, and nothing else need know of it. From it come the navigation, what is shown to
 * whom, what is loaded when, and the test that walks every screen (`tests/browser/screens.test.mjs`).
 *
 * A screen is a folder of `screens/` with its components and its styles, which are loaded when it is first addressed.
 */
import type { ComponentType } from 'preact';
import type { Permission } from '../data/permissions.ts';
import type { IconName } from '../ui/icon.tsx';
import type { Place } from './router.ts';

export interface Screen {
  /** Its address, see `router.ts`. */
  path: string;
  title: string;
  /** Where it is found: on the rail, or among the settings. */
  section: 'rail' | 'settings';
  icon: IconName;
  /** What goes there from anywhere, see `keyboard.ts`. */
  key?: string;
  /** What one must be allowed to be shown it. */
  permission: Permission;
  /** For the navigation of the settings. */
  explanation?: string;
  load(): Promise<{ default: ComponentType<Place> }>;
}

/** Where one's own account is. */
export const ACCOUNT = '/settings/account';

export const SCREENS = [
  {
    path: '/conversations/:id?',
    title: 'Inbox',
    section: 'rail',
    icon: 'inbox',
    key: 'i',
    permission: 'follow_inbox',
    load: () => import('../screens/inbox/inbox-screen.tsx'),
  },
  {
    path: ACCOUNT,
    title: 'My account',
    section: 'settings',
    icon: 'person',
    permission: 'update_own_account',
    explanation: 'Your name and password, what you are told of',
    load: () => import('../screens/account/account-screen.tsx'),
  },
  {
    path: '/settings/people',
    title: 'People',
    section: 'settings',
    icon: 'people',
    permission: 'read_people',
    explanation: 'Who is in the team, and who is invited',
    load: () => import('../screens/people/people-screen.tsx'),
  },
  {
    path: '/settings/departments/:id?',
    title: 'Departments',
    section: 'settings',
    icon: 'department',
    permission: 'read_departments',
    explanation: 'Who answers which conversations, and when',
    load: () => import('../screens/departments/departments-screen.tsx'),
  },
  {
    path: '/settings/queue',
    title: 'General queue',
    section: 'settings',
    icon: 'inbox',
    permission: 'manage_settings',
    explanation: 'Who is given conversations, and how soon',
    load: () => import('../screens/queue/queue-screen.tsx'),
  },
  {
    path: '/settings/roles/:id?',
    title: 'Roles',
    section: 'settings',
    icon: 'role',
    permission: 'read_people',
    explanation: 'What each of the team may see and do',
    load: () => import('../screens/roles/roles-screen.tsx'),
  },
  {
    path: '/settings/tags',
    title: 'Tags',
    section: 'settings',
    icon: 'tag',
    permission: 'manage_tags',
    explanation: 'What conversations are about',
    load: () => import('../screens/tags/tags-screen.tsx'),
  },
  {
    path: '/settings/general',
    title: 'General',
    section: 'settings',
    icon: 'settings',
    permission: 'manage_settings',
    explanation: 'Name, language, time zone, what agents see',
    load: () => import('../screens/general/general-screen.tsx'),
  },
  {
    path: '/settings/mail',
    title: 'Mail',
    section: 'settings',
    icon: 'send',
    permission: 'manage_settings',
    explanation: 'Whether mails go out, and what became of them',
    load: () => import('../screens/mail/mail-screen.tsx'),
  },
] as const satisfies readonly Screen[];

/** Where one is without an address. */
export const HOME = SCREENS[0].path;

/** Where the settings are chosen from; each of them is below it. */
export const SETTINGS = '/settings';
