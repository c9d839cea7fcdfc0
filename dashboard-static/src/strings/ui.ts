/**
 * The words of the components themselves, whatever they are used for. Each screen has a file of its own beside this one,
 * so that its words come with it and not before.
 */
import { plural } from './plural.ts';

export const strings = {
  cancel: 'Cancel',
  close: 'Close',
  dismiss: 'Dismiss',
  loading: 'Loading…',
  notifications: 'Notifications',
  showShort: 'Show',
  hideShort: 'Hide',
  show: (what: string) => `Show ${what.toLowerCase()}`,
  hide: (what: string) => `Hide ${what.toLowerCase()}`,
  optional: 'optional',
  none: 'None',
  noMatch: 'Nothing matches.',
  create: (text: string) => `Create “${text}”`,
  found: (count: number) => plural(count, { one: '# result', other: '# results' }),
  clear: (what: string) => `Clear ${what.toLowerCase()}`,
  chosen: (label: string) => `${label} chosen`,
  unread: (count: number) => plural(count, { one: '# unread', other: '# unread' }),
  newer: 'Newer',
  older: 'Older',
  pages: 'Pages',
  sortBy: (what: string) => `Sort by ${what.toLowerCase()}`,
  now: 'now',
  minutes: (count: number) => plural(count, { one: '# min', other: '# min' }),
  progress: (percent: number) => `${percent} %`,
} as const;
