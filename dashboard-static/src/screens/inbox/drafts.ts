/**
 * What has been typed and not sent, for each conversation: a reply, a note, and changes of messages, each apart.
 * Switching to "Reply" must never carry a note's words to the visitor. Survives a reload; each person's are their own.
 */
import { pageStorage } from '@client/facilities.js';
import { Store } from '@client/observable.js';
import type { SendKind } from '@wire';

export interface DraftOwner {
  userId: string;
  conversationId: string;
}

const PREFIX = 'voxora.draft.';
const EDITS = 'edits';

const key = ({ userId, conversationId }: DraftOwner, what: SendKind | typeof EDITS) =>
  `${PREFIX}${userId}.${conversationId}.${what}`;

export function loadDraft(owner: DraftOwner, kind: SendKind): string {
  return pageStorage().getItem(key(owner, kind)) ?? '';
}

export function saveDraft(owner: DraftOwner, kind: SendKind, text: string): void {
  keep(key(owner, kind), text);
}

/** Whether something has been begun that waits to be sent or saved. */
export function hasDraft(owner: DraftOwner): boolean {
  const isBegun = loadDraft(owner, 'message').trim() !== '' || loadDraft(owner, 'note').trim() !== '';
  return isBegun || read(pageStorage().getItem(key(owner, EDITS))).size > 0;
}

/** The messages of a conversation that are being changed, by `seq`, with what they are to say. */
export class Edits extends Store<ReadonlyMap<number, string>> {
  #key;

  constructor(owner: DraftOwner) {
    super(read(pageStorage().getItem(key(owner, EDITS))));
    this.#key = key(owner, EDITS);
  }

  write(seq: number, text: string): void {
    this.#put(new Map(this.state).set(seq, text));
  }

  end(seq: number): void {
    const edits = new Map(this.state);
    edits.delete(seq);
    this.#put(edits);
  }

  #put(edits: ReadonlyMap<number, string>): void {
    this.set(edits);
    keep(this.#key, edits.size === 0 ? '' : JSON.stringify([...edits]));
  }
}

function read(stored: string | null): ReadonlyMap<number, string> {
  try {
    return new Map(JSON.parse(stored ?? '[]') as [number, string][]);
  } catch {
    return new Map();
  }
}

function keep(name: string, text: string): void {
  if (text === '') {
    pageStorage().removeItem(name);
  } else {
    pageStorage().setItem(name, text);
  }
}
