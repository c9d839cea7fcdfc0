/** A time: short where it stands, to the second for whoever points at it, exact for machines. */
import { clockTime, exactTime } from '@client/time.js';
import { shortTime } from './time.ts';

interface Props {
  at: number;
  /** With it, how long ago; without it, the time of day. */
  now?: number;
  class?: string;
}

export function Moment({ at, now, class: extra = '' }: Props) {
  return (
    <time class={extra} dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {now === undefined ? clockTime(at) : shortTime(at, now)}
    </time>
  );
}
