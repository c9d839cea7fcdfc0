import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf, policyOf, usualPolicy, usualSilence, wrongOf } from './policy.ts';

const POLICY = {
  routing: { mode: 'round_robin', sameAgentFirst: false, skills: 'required', giveBackAfterSeconds: 90, overflow: { department: 'd', afterSeconds: 600 } },
  targets: { low: {}, normal: { firstResponse: 5, resolution: 1_500 }, high: { nextResponse: 90 }, urgent: {}, businessHours: true, pauseWhilePending: false },
  autoResolve: { afterMinutes: 2_880, warning: 'Still there?', warnMinutesBefore: 60 },
};

test('what is edited is what is sent', () => {
  for (const policy of [POLICY, usualPolicy()]) {
    assert.deepEqual(policyOf(draftOf(policy)), policy);
    assert.deepEqual(wrongOf(draftOf(policy)), {});
  }
  const draft = draftOf(POLICY);
  assert.equal(draft.targets.normal.resolution, '1 d 1 h');
  assert.equal(draft.giveBack, '1 min 30 s');
});

test('where nothing is told before, nothing is sent of it', () => {
  const draft = { ...draftOf(usualPolicy()), silence: { ...usualSilence(), warning: '  ', before: 'nonsense' } };
  assert.deepEqual(wrongOf(draft), {});
  assert.deepEqual(policyOf(draft).autoResolve, { afterMinutes: 2_880, warnMinutesBefore: 1 });
});

test('what does not fit is told of where it stands', () => {
  const draft = draftOf(POLICY);
  const bad = {
    ...draft,
    giveBack: '2 d',
    overflow: { department: '', after: '10 s' },
    targets: { ...draft.targets, low: { ...draft.targets.low, firstResponse: '90 s' }, urgent: { ...draft.targets.urgent, resolution: 'soon' } },
    silence: { after: '4 min', warning: 'x'.repeat(501), before: '5 min' },
  };
  assert.deepEqual(Object.keys(wrongOf(bad)).toSorted(), [
    'autoResolve/afterMinutes',
    'autoResolve/warnMinutesBefore',
    'autoResolve/warning',
    'routing/giveBackAfterSeconds',
    'routing/overflow/afterSeconds',
    'routing/overflow/department',
    'targets/low/firstResponse',
    'targets/urgent/resolution',
  ]);
});
