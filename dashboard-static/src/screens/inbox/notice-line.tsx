import type { Notice } from '@client/event-log.js';
import { clockTime, exactTime } from '@client/time.js';
import type { Reason, User } from '@wire';
import type { ComponentChildren } from 'preact';
import { strings as inbox } from '../../strings/inbox.ts';
import { strings } from '../../strings/notices.ts';
import { LANGUAGE } from '../../strings/plural.ts';
import { duration } from '../../ui/duration.ts';
import { Name } from '../../ui/name.tsx';
import { nameOf } from '../../ui/name-of.ts';
import { timeToCome } from '../../ui/time.ts';

/** A quiet line that says what happened to the conversation itself; and why, to whoever asks, where nobody of the team did it. */
export function NoticeLine({ notice, user }: { notice: Notice; user: User }) {
  const reason = (notice.kind === 'assigned' || notice.kind === 'moved') && notice.payload.reason;
  return (
    <li class="notice-line">
      {sentence(notice, user)}{' '}
      <time dateTime={new Date(notice.at).toISOString()} title={exactTime(notice.at)}>
        {clockTime(notice.at)}
      </time>
      {reason && <Why reason={reason} at={notice.at} />}
    </li>
  );
}

/** By which rule, and who else could have been chosen. */
function Why({ reason, at }: { reason: Reason; at: number }) {
  const { rule, waitingSince, candidates = [], considered } = reason;
  return (
    <details>
      <summary>{strings.why}</summary>
      <p>
        {strings.rules[rule]}
        {waitingSince !== undefined && at - waitingSince >= 1000 && ` ${strings.waited(duration(at - waitingSince, { locale: LANGUAGE, long: true }))}`}
      </p>
      {candidates.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{strings.who}</th>
              <th scope="col">{strings.presence}</th>
              <th scope="col">{strings.load}</th>
            </tr>
          </thead>
          <tbody>
            {candidates.map(({ id, name, presence, load, capacity }) => (
              <tr key={id}>
                <td>
                  <Name>{name}</Name>
                </td>
                <td>{inbox.presences[presence]}</td>
                <td>{strings.loadOf(load, capacity)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {considered > candidates.length && candidates.length > 0 && <p>{strings.more(considered - candidates.length)}</p>}
    </details>
  );
}

function sentence(notice: Notice, user: User): ComponentChildren {
  const { actor } = notice;
  const isMe = actor.id === user.id;
  const isProduct = actor.kind === 'system';
  const who = isMe ? strings.you : <Name>{nameOf(actor)}</Name>;
  switch (notice.kind) {
    case 'status_changed': {
      const { status, until } = notice.payload;
      if (isProduct && status === 'open') {
        return strings.woke;
      }
      if (isProduct && status === 'resolved') {
        return strings.resolvedBySilence;
      }
      return [who, status === 'snoozed' && until !== undefined ? strings.snoozedUntil(timeToCome(until, notice.at, user.timeZone)) : strings.setStatus[status]];
    }
    case 'priority_changed':
      return [who, strings.setPriority[notice.payload.priority]];
    case 'target_missed':
      return [strings.missed[notice.payload.target], timeToCome(notice.payload.due, notice.at, user.timeZone), strings.stop];
    case 'tagged':
      return [who, strings.tagged, <Name>{notice.payload.tag.name}</Name>, strings.stop];
    case 'untagged':
      return [who, strings.untagged, <Name>{notice.payload.tag.name || inbox.goneTag}</Name>, strings.stop];
    case 'moved': {
      const { department } = notice.payload;
      if (isProduct) {
        return [strings.wentOn, department ? <Name>{department.name}</Name> : inbox.queue, strings.stop];
      }
      return department ? [who, strings.moved, <Name>{department.name}</Name>, strings.stop] : [who, strings.toQueue];
    }
    case 'assigned': {
      const { assignee } = notice.payload;
      const isTheirs = assignee !== null && assignee.id === user.id;
      if (isProduct) {
        return assignee === null ? strings.backToQueue : isTheirs ? strings.cameToYou : [strings.cameTo, <Name>{assignee.name}</Name>, strings.stop];
      }
      if (assignee === null) {
        return [who, strings.unassigned];
      }
      if (assignee.id === actor.id) {
        return [who, strings.took];
      }
      return [who, strings.assigned, isTheirs ? strings.toYou : <Name>{assignee.name}</Name>, strings.stop];
    }
  }
}
