/**
 * What a new team does first: what of it is done, and where each of the rest is. It is gone once all is done, or when
 * somebody puts it aside.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Step, StepName } from '../data/first-steps.ts';
import { strings } from '../strings/first-steps.ts';
import { IconButton } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { toast } from '../ui/toast.tsx';
import { useSource } from '../ui/use-source.ts';
import { useDesk } from './desk.ts';
import { addressOf } from './router.ts';
import { HOME, type SCREENS } from './screens.ts';
import './first-steps.css';

/** Where each is done. */
const PLACES: Readonly<Record<StepName, (typeof SCREENS)[number]['path']>> = {
  people: '/settings/people',
  chat: HOME,
  hours: '/settings/departments/:id?',
  mail: '/settings/mail',
};

/** The steps to show, with those that are done; none when there is nothing to do, or `isWanted` says so. */
export function useFirstSteps(isWanted = true): readonly Step[] {
  const { firstSteps } = useDesk();
  const { steps, aside } = useSource(firstSteps);
  useEffect(() => (isWanted ? firstSteps.watch() : undefined), [firstSteps, isWanted]);
  const isDone = steps.every(({ progress }) => progress === 'done');
  const wasShown = useRef(false);
  useEffect(() => {
    if (wasShown.current && isDone && !aside) {
      toast(strings.allDone, { tone: 'good' });
    }
    wasShown.current = isWanted && !isDone && !aside;
  });
  return isWanted && !isDone && !aside ? steps : [];
}

interface Props {
  steps: readonly Step[];
  /** Where there is no room for more than what they are called. */
  compact?: boolean;
  /** What is done right here, in place of a way to where it is. */
  details?: Partial<Record<StepName, ComponentChildren>>;
}

export function FirstSteps({ steps, compact = false, details = {} }: Props) {
  const { firstSteps } = useDesk();
  const id = useId();
  const section = useRef<HTMLElement>(null);
  const done = steps.filter(({ progress }) => progress === 'done').length;
  const putAside = () => {
    // The button is gone once it was pressed.
    const around = section.current?.closest<HTMLElement>('main') ?? section.current?.parentElement?.querySelector<HTMLElement>(':scope > ul a');
    firstSteps.putAside(true);
    around?.focus();
    toast(strings.wasPutAside, { action: { label: strings.undo, run: () => firstSteps.putAside(false) } });
  };
  return (
    <section class={compact ? 'first-steps first-steps-compact' : 'first-steps'} aria-labelledby={id} ref={section}>
      <div class="first-steps-head">
        <h2 id={id}>{strings.title}</h2>
        <span class="first-steps-count">
          {strings.count(done, steps.length)}
          <span class={compact ? 'hidden-label' : ''}> {strings.done}</span>
        </span>
        <IconButton icon="close" size="small" label={strings.aside} onClick={putAside} />
      </div>
      <ol>
        {steps.map(({ name, progress }) => (
          <FirstStep key={name} name={name} progress={progress} compact={compact} details={details[name]} />
        ))}
      </ol>
    </section>
  );
}

function FirstStep({ name, progress, compact, details }: Step & { compact: boolean; details: ComponentChildren }) {
  const isDone = progress === 'done';
  const words = (
    <>
      <span class="first-step-mark" aria-hidden="true">
        {isDone && <Icon name="check" />}
      </span>
      <span class="first-step-words">
        <span class="first-step-name">{strings.names[name]}</span>
        <span class="hidden-label">, {isDone ? strings.isDone : strings.isOpen}</span>
        {!isDone && !compact && <span class="first-step-hint">{strings.hint(name, progress)}</span>}
      </span>
    </>
  );
  return (
    <li class={isDone ? 'first-step first-step-done' : 'first-step'}>
      {isDone || details !== undefined ? (
        <div class="first-step-line">{words}</div>
      ) : (
        <a class="first-step-line" href={addressOf(PLACES[name])}>
          {words}
          <Icon name="forward" />
        </a>
      )}
      {!isDone && details !== undefined && <div class="first-step-details">{details}</div>}
    </li>
  );
}
