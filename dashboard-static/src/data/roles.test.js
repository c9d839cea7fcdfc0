import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../testing.js';

const { rolesOf } = await import('./roles.ts');

test('those that are built in come first, then the team’s own by name', async () => {
  const role = (id, name, builtIn = false) => ({ id, name, builtIn, version: 1, permissions: [], people: 0 });
  const items = [role('b', 'trainee'), role('agent', 'Agent', true), role('a', 'Auditor'), role('admin', 'Admin', true)];
  const roles = rolesOf(async () => ({ items }));
  await roles.load();
  assert.deepEqual(roles.state.items.map(({ name }) => name), ['Admin', 'Agent', 'Auditor', 'trainee']);
});
