/**
 * Tells whoever is signed in of visitors' new messages as they have chosen: on the desktop while they do not look at the
 * dashboard, and by a sound. Promises that of several tabs one speaks for all, that nothing is asked of the person here (the
 * browser's permission is asked for where it is switched on), and that what was told is taken away once they look.
 */
import { oneOfAllTabs, showNotification, tabChannel } from '@client/facilities.js';
import { withoutMarks } from '@client/markdown.js';
import type { ConversationSummary, User } from '@wire';
import { newsOf } from '../data/news.ts';
import { strings } from '../strings/news.ts';
import { Chime } from '../ui/chime.ts';
import { nameOf } from '../ui/name-of.ts';

interface Options {
  user(): User;
  /** The conversation that is open in this tab. */
  open(): string | undefined;
  /** Opens a conversation. */
  go(id: string): void;
}

/** How long the other tabs have to say that they are looked at; what comes meanwhile is told together. */
const ASKING_MS = 200;
/** More conversations than this are told of in one line. */
const ONE_BY_ONE = 3;

export class Notifier {
  readonly chime = new Chime();
  #options;
  #arrived = new Map<string, ConversationSummary>();
  #asking: ReturnType<typeof setTimeout> | undefined;
  /** What the tabs that are looked at have open, as far as they have said by now. */
  #looking: (string | undefined)[] = [];
  #shown = new Set<Notification>();
  #tabs: ReturnType<typeof oneOfAllTabs> | undefined;
  #tell: (said: { asks?: true; open?: string | undefined }) => void = tabChannel('voxora-looking', ({ asks, open }) => {
    if (!asks) {
      this.#looking.push(open);
    } else if (isLookedAt()) {
      this.#tell({ open: this.#options.open() });
    }
  });

  constructor(options: Options) {
    this.#options = options;
  }

  /** Begins to speak. Gives the way to end it. */
  listen(): () => void {
    this.#tabs = oneOfAllTabs(`voxora-notifier-${this.#options.user().id}`);
    const silent = this.chime.listen(() => this.#options.user().notifications.sound);
    const clear = () => void (isLookedAt() && this.#clear());
    addEventListener('focus', clear);
    document.addEventListener('visibilitychange', clear);
    return () => {
      clearTimeout(this.#asking);
      this.#asking = undefined;
      this.#arrived.clear();
      this.#tabs?.end();
      silent();
      this.#clear();
      removeEventListener('focus', clear);
      document.removeEventListener('visibilitychange', clear);
    };
  }

  /** A visitor has written in this conversation. */
  tell(conversation: ConversationSummary): void {
    if (!this.#tabs?.isChosen()) {
      return;
    }
    this.#arrived.set(conversation.id, conversation);
    if (this.#asking === undefined) {
      this.#looking = [];
      this.#tell({ asks: true });
      this.#asking = setTimeout(() => this.#speak(), ASKING_MS);
    }
  }

  /** Shows what one would look like. Whether it could be shown. */
  show(title: string, body: string, { tag = 'voxora', onpress }: { tag?: string; onpress?: () => void } = {}): boolean {
    // The sound is our own: whoever wants none is to hear none.
    const notification = showNotification(title, { body, tag, renotify: true, silent: true, dir: 'auto' });
    if (!notification) {
      return false;
    }
    this.#shown.add(notification);
    notification.onclose = () => this.#shown.delete(notification);
    notification.onclick = () => {
      focus();
      onpress?.();
      notification.close();
    };
    return true;
  }

  #speak(): void {
    this.#asking = undefined;
    const arrived = [...this.#arrived.values()];
    this.#arrived.clear();
    const looking = isLookedAt() ? [...this.#looking, this.#options.open()] : this.#looking;
    const { told, heard } = newsOf(this.#options.user(), arrived, looking);
    if (told.length > ONE_BY_ONE) {
      this.show(strings.several(told.length), told.map(({ visitor }) => nameOf(visitor)).join(', '));
    } else {
      for (const { id, visitor, lastMessage } of told) {
        this.show(nameOf(visitor), withoutMarks(lastMessage?.preview ?? ''), { tag: id, onpress: () => this.#options.go(id) });
      }
    }
    if (heard) {
      void this.chime.play();
    }
  }

  #clear(): void {
    this.#shown.forEach((notification) => notification.close());
    this.#shown.clear();
  }
}

/** Whether this tab is in front of somebody. */
function isLookedAt(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}
