/** How a queue is worked off, a department's or the general one: who is given its conversations, how soon they are answered, and what silence does. */
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { useAll } from '../../data/use-all.ts';
import { useDesk } from '../../shell/desk.ts';
import { strings } from '../../strings/queue.ts';
import { Icon } from '../../ui/icon.tsx';
import type { Option } from '../../ui/listbox.tsx';
import { Select } from '../../ui/select.tsx';
import { Checkbox } from '../../ui/switch.tsx';
import { LongTextField, TextField } from '../../ui/text-field.tsx';
import { PRIORITIES, TIMES, usualSilence, type Draft } from './policy.ts';
import './queue.css';

interface Props {
  policy: Draft;
  /** What is wrong with a part, by its pointer from the policy on. */
  errorAt(pointer: string): string | undefined;
  onchange(policy: Draft): void;
  /** The department whose queue it is; it does not overflow into itself. */
  of?: string | undefined;
}

export function PolicyFields({ policy, errorAt, onchange, of }: Props) {
  const { targets, silence, overflow } = policy;
  const set = (change: Partial<Draft>) => onchange({ ...policy, ...change });
  // What was set before a box was unchecked is there again when it is checked.
  const [before] = useState({ overflow: overflow ?? { department: '', after: '10 min' }, silence: silence ?? usualSilence() });
  const { overflow: _, ...withoutOverflow } = policy;
  const { silence: __, ...withoutSilence } = policy;
  return (
    <>
      <Part title={strings.routing} explanation={strings.routingExplanation}>
        <div class="policy-fields">
          <Select
            label={strings.mode}
            hint={strings.modeHints[policy.mode]}
            value={policy.mode}
            error={errorAt('routing/mode')}
            options={optionsOf(strings.modes, strings.modeHints)}
            onchange={(mode) => set({ mode })}
          />
          {policy.mode !== 'manual' && (
            <>
              <Select
                label={strings.skills}
                hint={strings.skillHints[policy.skills]}
                value={policy.skills}
                error={errorAt('routing/skills')}
                options={optionsOf(strings.skillRules, strings.skillHints)}
                onchange={(skills) => set({ skills })}
              />
              <Checkbox
                label={strings.sameAgentFirst}
                hint={strings.sameAgentFirstHint}
                checked={policy.sameAgentFirst}
                onchange={(sameAgentFirst) => set({ sameAgentFirst })}
              />
            </>
          )}
          <Span
            pointer="routing/giveBackAfterSeconds"
            label={strings.giveBack}
            hint={strings.giveBackHint}
            value={policy.giveBack}
            errorAt={errorAt}
            onchange={(giveBack) => set({ giveBack })}
          />
          <Checkbox
            label={strings.overflow}
            hint={strings.overflowHint}
            checked={overflow !== undefined}
            onchange={(moves) => {
              before.overflow = overflow ?? before.overflow;
              onchange(moves ? { ...policy, overflow: before.overflow } : withoutOverflow);
            }}
          />
          {overflow && (
            <div class="policy-below">
              <OverflowDepartment
                of={of}
                value={overflow.department}
                error={errorAt('routing/overflow/department')}
                onchange={(department) => set({ overflow: { ...overflow, department } })}
              />
              <Span
                pointer="routing/overflow/afterSeconds"
                label={strings.overflowAfter}
                value={overflow.after}
                errorAt={errorAt}
                onchange={(after) => set({ overflow: { ...overflow, after } })}
              />
            </div>
          )}
        </div>
      </Part>
      <Part title={strings.targets} explanation={strings.targetsExplanation}>
        <TargetTable targets={targets} errorAt={errorAt} onchange={(next) => set({ targets: next })} />
        <Checkbox
          label={strings.businessHours}
          hint={strings.businessHoursHint}
          checked={policy.businessHours}
          onchange={(businessHours) => set({ businessHours })}
        />
        <Checkbox
          label={strings.pauseWhilePending}
          hint={strings.pauseWhilePendingHint}
          checked={policy.pauseWhilePending}
          onchange={(pauseWhilePending) => set({ pauseWhilePending })}
        />
      </Part>
      <Part title={strings.silence} explanation={strings.silenceExplanation}>
        <Checkbox
          label={strings.autoResolve}
          hint={strings.autoResolveHint}
          checked={silence !== undefined}
          onchange={(resolves) => {
            before.silence = silence ?? before.silence;
            onchange(resolves ? { ...policy, silence: before.silence } : withoutSilence);
          }}
        />
        {silence && (
          <div class="policy-fields policy-below">
            <Span
              pointer="autoResolve/afterMinutes"
              label={strings.silentFor}
              value={silence.after}
              errorAt={errorAt}
              onchange={(after) => set({ silence: { ...silence, after } })}
            />
            <LongTextField
              optional
              name="autoResolve/warning"
              label={strings.warning}
              hint={strings.warningHint}
              rows={2}
              value={silence.warning}
              error={errorAt('autoResolve/warning')}
              oninput={(warning) => set({ silence: { ...silence, warning } })}
            />
            {silence.warning.trim() !== '' && (
              <Span
                pointer="autoResolve/warnMinutesBefore"
                label={strings.warnBefore}
                value={silence.before}
                errorAt={errorAt}
                onchange={(next) => set({ silence: { ...silence, before: next } })}
              />
            )}
          </div>
        )}
      </Part>
    </>
  );
}

export function Part({ title, explanation, children }: { title: string; explanation?: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="policy-part" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {explanation !== undefined && <p class="policy-explanation">{explanation}</p>}
      {children}
    </section>
  );
}

function optionsOf<Value extends string>(labels: Readonly<Record<Value, string>>, hints: Readonly<Record<Value, string>>): Option<Value>[] {
  return (Object.keys(labels) as Value[]).map((value) => ({ value, label: labels[value], hint: hints[value] }));
}

interface SpanProps {
  pointer: string;
  label: string;
  hint?: string;
  value: string;
  errorAt: Props['errorAt'];
  onchange(value: string): void;
}

/** How long. */
function Span({ pointer, errorAt, onchange, ...field }: SpanProps) {
  return (
    <div class="policy-span">
      <TextField {...field} name={pointer} error={errorAt(pointer)} autocomplete="off" oninput={onchange} />
    </div>
  );
}

interface OverflowProps {
  of: string | undefined;
  value: string;
  error: string | undefined;
  onchange(id: string): void;
}

function OverflowDepartment({ of, value, error, onchange }: OverflowProps) {
  const desk = useDesk();
  const { departments } = desk;
  const { items } = useAll(departments.active, desk.may('read_departments'));
  const options: Option[] = items.flatMap(({ id, name, color }) => (id === of ? [] : [{ value: id, label: name, colour: color }]));
  if (!options.some((option) => option.value === value)) {
    const label = value === '' ? strings.chooseDepartment : (departments.get(value)?.name ?? strings.goneDepartment);
    options.unshift({ value, label, disabled: true });
  }
  return <Select label={strings.overflowDepartment} value={value} error={error} options={options} onchange={onchange} />;
}

interface TargetsProps {
  targets: Draft['targets'];
  errorAt: Props['errorAt'];
  onchange(targets: Draft['targets']): void;
}

function TargetTable({ targets, errorAt, onchange }: TargetsProps) {
  const id = useId();
  return (
    <table class="policy-targets" aria-label={strings.targets}>
      <thead>
        <tr>
          <th scope="col">{strings.priority}</th>
          {TIMES.map((time) => (
            <th key={time} scope="col">
              {strings.times[time]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {PRIORITIES.map((priority) => {
          const errors = [...new Set(TIMES.flatMap((time) => errorAt(`targets/${priority}/${time}`) ?? []))];
          return [
            <tr key={priority}>
              <th scope="row">{strings.priorities[priority]}</th>
              {TIMES.map((time) => {
                const pointer = `targets/${priority}/${time}`;
                const isWrong = errorAt(pointer) !== undefined;
                return (
                  <td key={time}>
                    <div class="field-input">
                      <input
                        name={pointer}
                        aria-label={strings.target(strings.priorities[priority], strings.times[time])}
                        value={targets[priority][time]}
                        placeholder="–"
                        autocomplete="off"
                        spellcheck={false}
                        aria-invalid={isWrong}
                        {...(isWrong && { 'aria-describedby': `${id}-${priority}` })}
                        onInput={({ currentTarget }) =>
                          onchange({ ...targets, [priority]: { ...targets[priority], [time]: currentTarget.value } })
                        }
                      />
                    </div>
                  </td>
                );
              })}
            </tr>,
            errors.length > 0 && (
              <tr key={`${priority}-errors`}>
                <td colSpan={4} id={`${id}-${priority}`}>
                  {errors.map((error) => (
                    <p key={error} class="field-error">
                      <Icon name="alert" />
                      {error}
                    </p>
                  ))}
                </td>
              </tr>
            ),
          ];
        })}
      </tbody>
    </table>
  );
}
