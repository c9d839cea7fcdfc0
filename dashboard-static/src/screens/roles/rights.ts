/** The rights that a role is made of, as its form has them: in groups, each with how far it reaches. */
import { PERMISSIONS } from '../../../../domain/bindings/wire-values.js';
import { REACHES, covers, may, reachOf, type Permission, type Reach } from '../../data/permissions.ts';
import { strings } from '../../strings/roles.ts';

export const GROUPS = {
  conversations: [
    'read_conversations',
    'write_messages',
    'write_notes',
    'update_conversations',
    'tag_conversations',
    'delete_messages',
    'read_notes',
    'follow_inbox',
  ],
  team: ['read_people', 'manage_people', 'manage_roles', 'read_departments', 'manage_departments'],
  words: ['read_tags', 'manage_tags'],
  deployment: ['manage_settings', 'manage_jobs', 'manage_outbox', 'export_documents', 'import_documents'],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

export type Group = keyof typeof GROUPS;

/** Rights inside conversations; others are had or not. */
const WITH_REACH: readonly Permission[] = [
  'read_conversations',
  'write_messages',
  'write_notes',
  'update_conversations',
  'tag_conversations',
  'delete_messages',
];

export const hasReach = (permission: Permission): boolean => WITH_REACH.includes(permission);

/** One's own account is everybody's, whatever a role says. */
const OF_EVERYBODY: readonly Permission[] = ['read_own_account', 'update_own_account'];

/** What a role says beside what everybody may. */
export function chosenOf(permissions: readonly string[]): string[] {
  return permissions.filter((written) => !OF_EVERYBODY.some((one) => one === written));
}

const written = (permission: Permission, reach: Reach): string => (reach === 'all' || !hasReach(permission) ? permission : `${permission}:${reach}`);

/** These, with one at another reach, or without it; in the order in which the server has them. */
export function withRight(permissions: readonly string[], permission: Permission, reach: Reach | undefined): string[] {
  return PERMISSIONS.flatMap((one) => {
    const now = one === permission ? reach : reachOf(permissions, one);
    return now === undefined ? [] : [written(one, now)];
  });
}

/** The reaches at which somebody with these may give a right. */
export function givable(own: readonly string[], permission: Permission): Reach[] {
  return REACHES.filter((reach) => covers(own, [written(permission, reach)]));
}

/** What somebody would wonder about who has these rights, in words. */
export function warningsOf(permissions: readonly string[]): string[] {
  const sees = reachOf(permissions, 'read_conversations');
  const { nothingSeen, noInbox, noNotes, further } = strings.warnings;
  if (sees === undefined) {
    return GROUPS.conversations.some((one) => may(permissions, one)) ? [nothingSeen] : [];
  }
  const isFurther = (one: Permission) => REACHES.indexOf(reachOf(permissions, one) ?? 'own') > REACHES.indexOf(sees);
  return [
    ...(may(permissions, 'follow_inbox') ? [] : [noInbox]),
    ...(may(permissions, 'write_notes') && !may(permissions, 'read_notes') ? [noNotes] : []),
    ...WITH_REACH.filter(isFurther).map((one) => further(strings.names[one] ?? one)),
  ];
}
