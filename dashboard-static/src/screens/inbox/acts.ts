/** What can be asked of a conversation, each as the act that `data/changes.ts` has done and shows meanwhile. */
import type { Actor, ConversationStatus, Priority, User } from '@wire';
import type { Ask } from '../../data/api.ts';
import type { Act } from '../../data/changes.ts';
import { strings } from '../../strings/inbox.ts';

export function setStatus(ask: Ask, id: string, status: ConversationStatus): Act {
  return {
    change: () => ({ status }),
    request: () => ask('PATCH /api/v1/conversations/{id}', { path: { id }, body: { status } }),
    failure: strings.failed.status,
  };
}

/** `undefined`: until the visitor answers. */
export function snooze(ask: Ask, id: string, until: number | undefined): Act {
  return {
    change: () => ({ status: 'snoozed', snoozedUntil: until }),
    request: () => ask('PATCH /api/v1/conversations/{id}', { path: { id }, body: { status: 'snoozed', snoozedUntil: until ?? null } }),
    failure: strings.failed.snooze,
  };
}

export function prioritise(ask: Ask, id: string, priority: Priority): Act {
  return {
    change: () => ({ priority }),
    request: () => ask('PATCH /api/v1/conversations/{id}', { path: { id }, body: { priority } }),
    failure: strings.failed.priority,
  };
}

export function assign(ask: Ask, id: string, user: Pick<User, 'id' | 'name'> | null): Act {
  const assignee: Actor | null = user && { kind: 'agent', id: user.id, name: user.name };
  return {
    change: () => ({ assignee }),
    request: () => ask('PATCH /api/v1/conversations/{id}', { path: { id }, body: { assigneeId: user?.id ?? null } }),
    failure: strings.failed.assignee,
  };
}

/** `undefined`: into the general queue. */
export function move(ask: Ask, id: string, department: string | undefined): Act {
  return {
    change: () => ({ department }),
    request: () => ask('PATCH /api/v1/conversations/{id}', { path: { id }, body: { departmentId: department ?? null } }),
    failure: strings.failed.department,
  };
}

export function putTag(ask: Ask, id: string, tag: { id: string; name: string }): Act {
  return {
    change: ({ tags = [] }) => ({ tags: tags.includes(tag.id) ? tags : [...tags, tag.id] }),
    request: () => ask('PUT /api/v1/conversations/{id}/tags/{tag}', { path: { id, tag: tag.id } }),
    failure: strings.failed.tag(tag.name),
  };
}

export function takeTag(ask: Ask, id: string, tag: { id: string; name: string }): Act {
  return {
    change: ({ tags = [] }) => ({ tags: tags.filter((one) => one !== tag.id) }),
    request: () => ask('DELETE /api/v1/conversations/{id}/tags/{tag}', { path: { id, tag: tag.id } }),
    failure: strings.failed.untag(tag.name),
  };
}
