import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setUp, tearDown } from '../../../../widget/client/testing.js';
import '../../../testing.js';

const { Edits, hasDraft, loadDraft, saveDraft } = await import('./drafts.ts');

beforeEach(setUp);
afterEach(tearDown);

const OWNER = { userId: 'u', conversationId: 'c' };

test('a reply and a note are kept apart, and each person’s are their own', () => {
  saveDraft(OWNER, 'note', 'secret');
  assert.equal(loadDraft(OWNER, 'note'), 'secret');
  assert.equal(loadDraft(OWNER, 'message'), '');
  assert.equal(loadDraft({ ...OWNER, userId: 'other' }, 'note'), '');
  assert.equal(hasDraft(OWNER), true);
  saveDraft(OWNER, 'note', '');
  assert.equal(hasDraft(OWNER), false);
});

test('a change of a message that was begun is kept until it is ended', () => {
  new Edits(OWNER).write(3, 'half a cha');
  const later = new Edits(OWNER);
  assert.deepEqual([...later.state], [[3, 'half a cha']]);
  assert.equal(hasDraft(OWNER), true);
  later.end(3);
  assert.equal(hasDraft(OWNER), false);
  assert.deepEqual([...new Edits(OWNER).state], []);
});

test('what somebody else put there breaks nothing', () => {
  localStorage.setItem('voxora.draft.u.c.edits', '{"no":');
  assert.deepEqual([...new Edits(OWNER).state], []);
});
