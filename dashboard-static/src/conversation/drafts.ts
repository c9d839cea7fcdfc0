/**
 * What has been typed and not sent, for each conversation, apart for replies and for notes: switching to "Reply" must
 * never carry a note's words to the visitor. Survives a reload; each person's drafts are their own.
 */
import { pageStorage } from '@client/facilities.js';
import type { SendKind } from '@wire';

const storage = pageStorage();

export interface DraftOwner {
  userId: string;
  conversationId: string;
}

const key = ({ userId, conversationId }: DraftOwner, kind: SendKind) =>
  `voxora.draft.${userId}.${conversationId}.${kind}`;

export function loadDraft(owner: DraftOwner, kind: SendKind): string {
  return storage.getItem(key(owner, kind)) ?? '';
}

export function saveDraft(owner: DraftOwner, kind: SendKind, text: string): void {
  if (text === '') {
    storage.removeItem(key(owner, kind));
    return;
  }
  try {
    storage.setItem(key(owner, kind), text);
  } catch {
    // Full: the draft lives as long as the page does.
  }
}
