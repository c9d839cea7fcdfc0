import { exactTime } from '@client/time.js';
import { strings } from '../../strings/inbox.ts';
import { LANGUAGE } from '../../strings/plural.ts';
import { duration } from '../../ui/duration.ts';
import { Icon } from '../../ui/icon.tsx';
import { timeToCome } from '../../ui/time.ts';
import { SOON_MINUTES, type Wait } from './waits.ts';

/** How long somebody waits, or has until something is due: in few words where it stands, in all of them for whoever asks. */
export function Waiting({ wait, now, timeZone }: { wait: Wait; now: number; timeZone: string | undefined }) {
  if (wait.kind === 'snoozed') {
    return (
      <time class="row-time" dateTime={new Date(wait.at).toISOString()} title={exactTime(wait.at)}>
        {strings.until(timeToCome(wait.at, now, timeZone))}
      </time>
    );
  }
  const { kind, minutes } = wait;
  const short = minutes < 1 ? strings.underMinute : duration(minutes * 60_000, { locale: LANGUAGE });
  const long = minutes < 1 ? strings.underMinuteInWords : duration(minutes * 60_000, { locale: LANGUAGE, long: true });
  const words =
    kind === 'waits'
      ? strings.waitsInWords(long)
      : (kind === 'late' ? strings.lateInWords : strings.dueInWords)(strings.targets[wait.target], long);
  const tone = kind === 'late' ? 'row-time row-late' : kind === 'due' && minutes <= SOON_MINUTES ? 'row-time row-soon' : 'row-time';
  return (
    <span class={tone} title={`${words} (${exactTime(wait.at)})`}>
      <span aria-hidden="true">
        <Icon name={kind === 'late' ? 'alert' : 'clock'} />
        {kind === 'waits' ? short : (kind === 'late' ? strings.late : strings.dueIn)(short)}
      </span>
      <span class="hidden-label">{words}</span>
    </span>
  );
}
