/**
 * What all screens of the signed-in person share, for as long as they are signed in: who they are and what they may do,
 * the API, the team's live data, and the one place for each thing that there must be one of (keys, failures).
 */
import { pageStorage } from '@client/facilities.js';
import { InboxClient } from '@client/inbox.js';
import { Store } from '@client/observable.js';
import type { Conversation, User } from '@wire';
import { createContext } from 'preact';
import { useContext, useLayoutEffect, useRef } from 'preact/hooks';
import { apiFor, type Ask } from '../data/api.ts';
import { Attending } from '../data/attending.ts';
import { Changes } from '../data/changes.ts';
import { departmentsOf, type Departments } from '../data/departments.ts';
import { explain } from '../data/explain.ts';
import { FirstSteps } from '../data/first-steps.ts';
import { watchIdle } from '../data/idle.ts';
import { OpenConversations } from '../data/open-conversations.ts';
import { covers, may, mayIn, type Permission } from '../data/permissions.ts';
import { rolesOf, type Roles } from '../data/roles.ts';
import { Tags } from '../data/tags.ts';
import type { Session } from '../session/session.ts';
import { toast } from '../ui/toast.tsx';
import { Keyboard, type CommandGroup } from './keyboard.ts';
import { Notifier } from './notifier.ts';
import { addressOf, navigate } from './router.ts';
import { HOME } from './screens.ts';

export class Desk {
  readonly session: Session;
  #user: User;
  /** What whoever is signed in may do, as the server writes it. */
  readonly permissions: readonly string[];
  readonly ask: Ask;
  readonly inbox: InboxClient;
  readonly attending: Attending;
  readonly conversations: OpenConversations;
  readonly changes: Changes;
  readonly tags: Tags;
  readonly departments: Departments;
  readonly roles: Roles;
  readonly firstSteps: FirstSteps;
  readonly notifier: Notifier;
  readonly keyboard = new Keyboard();
  /** What is open on the screen, for the window's title. */
  readonly subject = new Store<string | undefined>(undefined);

  constructor(session: Session, user: User, permissions: readonly string[]) {
    this.session = session;
    this.#user = user;
    this.permissions = permissions;
    this.ask = telling(apiFor(session.token), () => this.firstSteps.somethingChanged());
    this.inbox = new InboxClient({ token: session.token, me: user.id, onmessage: (conversation) => this.notifier.tell(conversation) });
    this.attending = new Attending({
      isVisible: () => document.visibilityState === 'visible',
      attend: (conversation, replying) => this.inbox.attend(conversation, replying),
      claim: (conversation) => this.inbox.claim(conversation),
    });
    this.conversations = new OpenConversations(session.token, user);
    this.changes = new Changes(
      ({ failure }, error) => this.failed(failure, error),
      (id) => this.conversations.head(id),
    );
    this.tags = new Tags(this.ask);
    this.departments = departmentsOf(this.ask);
    this.roles = rolesOf(this.ask);
    this.firstSteps = new FirstSteps({ ask: this.ask, may: (permission) => this.may(permission), storage: pageStorage(), user: user.id });
    this.notifier = new Notifier({
      user: () => this.user,
      open: () => this.conversations.state.shown?.id,
      go: (id) => navigate(addressOf(HOME, { id })),
    });
  }

  /** Who is signed in, as they are now: their name may change while they are. */
  get user(): User {
    const { state } = this.session;
    return (this.#user = state.phase === 'signed-in' && state.user.id === this.#user.id ? state.user : this.#user);
  }

  /** The one place where it is said that something could not be done: what, and why. */
  failed(what: string, error: unknown): void {
    toast(`${what} ${explain(error)}`, { tone: 'bad' });
  }

  may(permission: Permission): boolean {
    return may(this.permissions, permission);
  }

  /** Whether a right reaches a conversation, and so does seeing it. */
  mayIn(permission: Permission, conversation: Pick<Conversation, 'assignee' | 'department'>): boolean {
    return [permission, 'read_conversations' as const].every((one) => mayIn(this.permissions, one, this.user, conversation));
  }

  /** Whether whoever is signed in may give these: nobody gives what they lack. */
  mayGive(permissions: readonly string[]): boolean {
    return covers(this.permissions, permissions);
  }

  /** Begins to be live. Gives the way to end it. */
  open(): () => void {
    if (this.may('follow_inbox')) {
      this.inbox.open();
    }
    const deaf = this.keyboard.listen();
    const quiet = this.notifier.listen();
    const unwatched = watchIdle((idle) => this.inbox.idle(idle));
    const seen = () => this.attending.seen();
    document.addEventListener('visibilitychange', seen);
    return () => {
      deaf();
      quiet();
      unwatched();
      document.removeEventListener('visibilitychange', seen);
      this.inbox.close();
      this.conversations.close();
    };
  }
}

/** The same API, which says when it has changed something. */
function telling(ask: Ask, changed: () => void): Ask {
  return async (route, ...details) => {
    const answer = await ask(route, ...details);
    if (!route.startsWith('GET ')) {
      changed();
    }
    return answer;
  };
}

export const DeskContext = createContext<Desk | undefined>(undefined);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) {
    throw new Error('There is no desk around this component.');
  }
  return desk;
}

/** Offers commands while the component is shown; each rendering may have them do something else. */
export function useCommands(group: CommandGroup): void {
  const { keyboard } = useDesk();
  const latest = useRef(group);
  latest.current = group;
  useLayoutEffect(() => {
    const commands = group.commands.map((command, index) => ({
      ...command,
      isOffered: () => latest.current.commands[index]?.isOffered?.() ?? true,
      run: (event?: KeyboardEvent) => latest.current.commands[index]?.run(event),
    }));
    return keyboard.register({ name: group.name, scope: group.scope, commands });
  }, [keyboard, group.commands.map(({ key, words }) => `${key} ${words}`).join()]);
}

/** Names what is open, in the window's title and so in the browser's history, while the component is shown. */
export function useSubject(name: string | undefined): void {
  const { subject } = useDesk();
  useLayoutEffect(() => {
    subject.set(name);
    return () => subject.set(undefined);
  }, [subject, name]);
}
