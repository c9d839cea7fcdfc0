/** When somebody is there: the week, day by day, with several blocks a day; the days that are other; and by whose clock. */
import type { Block, BusinessHours, Holiday } from '@wire';
import { Fragment, type ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { timeZoneChoices } from '../../data/locales.ts';
import { strings } from '../../strings/departments.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { BLOCKS, DAYS, HOLIDAYS, WEEKDAYS, endShown, endWritten, isAllDay, isOverMidnight, nextBlock, type Day } from './hours.ts';
import './hours.css';

/** What is wrong with a part, by its pointer from the hours on. */
type ErrorAt = (pointer: string) => string | undefined;

interface Props {
  hours: BusinessHours;
  errorAt: ErrorAt;
  onchange(hours: BusinessHours): void;
}

const ALL_DAY: Block = { from: '00:00', to: '24:00' };

export function HoursEditor({ hours, errorAt, onchange }: Props) {
  const { timeZone, week, holidays } = hours;
  const list = useRef<HTMLUListElement>(null);
  const setDays = (days: readonly Day[], blocks: Block[]) =>
    onchange({ ...hours, week: { ...week, ...Object.fromEntries(days.map((day) => [day, blocks])) } });
  const setHoliday = (number: number, holiday: Holiday) =>
    onchange({ ...hours, holidays: holidays.map((one, place) => (place === number ? holiday : one)) });

  return (
    <div class="hours">
      <Combobox
        label={strings.timeZone}
        hint={strings.timeZoneHint}
        value={timeZone}
        error={errorAt('timeZone')}
        options={timeZoneChoices(timeZone)}
        onchange={(value) => onchange({ ...hours, timeZone: value })}
      />
      <ul class="hours-days" aria-label={strings.week}>
        {DAYS.map((day) => (
          <li key={day} class="hours-day">
            <span class="hours-name">{strings.days[day]}</span>
            <Blocks
              name={strings.days[day]}
              place={`week/${day}`}
              blocks={week[day]}
              errorAt={errorAt}
              onchange={(blocks) => setDays([day], blocks)}
            >
              <Menu
                alignEnd
                title={strings.days[day]}
                groups={[
                  [
                    { label: strings.copyToWeekdays, icon: 'copy', onchoose: () => setDays(WEEKDAYS, week[day]) },
                    { label: strings.copyToAll, icon: 'copy', onchoose: () => setDays(DAYS, week[day]) },
                  ],
                  [
                    { label: strings.makeAllDay, icon: 'clock', onchoose: () => setDays([day], [ALL_DAY]) },
                    { label: strings.makeClosed, icon: 'closed', onchoose: () => setDays([day], []) },
                  ],
                ]}
              >
                {(trigger) => <IconButton {...trigger} icon="menu" size="small" label={strings.dayActions(strings.days[day])} />}
              </Menu>
            </Blocks>
          </li>
        ))}
      </ul>
      <div class="hours-holidays">
        <h3>{strings.holidays}</h3>
        <p class="hours-explanation">{strings.holidaysExplanation}</p>
        {holidays.length > 0 && (
          <ul class="hours-days" aria-label={strings.holidays} ref={list}>
            {holidays.map((holiday, number) => {
              const { date, name, hours: blocks } = holiday;
              const place = `holidays/${number}`;
              const called = name?.trim() || date || strings.holiday(number + 1);
              return (
                <li key={number} class="hours-holiday">
                  <div class="hours-holiday-head">
                    <TextField
                      name={`${place}/date`}
                      type="date"
                      label={strings.date}
                      value={date}
                      error={errorAt(`${place}/date`)}
                      autocomplete="off"
                      oninput={(value) => setHoliday(number, { ...holiday, date: value })}
                    />
                    <TextField
                      optional
                      name={`${place}/name`}
                      label={strings.holidayName}
                      value={name ?? ''}
                      error={errorAt(`${place}/name`)}
                      autocomplete="off"
                      oninput={(value) => {
                        const { name: _, ...rest } = holiday;
                        setHoliday(number, value === '' ? rest : { ...rest, name: value });
                      }}
                    />
                    <IconButton
                      icon="delete"
                      label={strings.removeHoliday(called)}
                      onClick={() => {
                        onchange({ ...hours, holidays: holidays.filter((_, other) => other !== number) });
                        focusLater(() => document.querySelector('.hours-holidays > .button'));
                      }}
                    />
                  </div>
                  <Blocks
                    name={called}
                    place={`${place}/hours`}
                    blocks={blocks}
                    errorAt={errorAt}
                    onchange={(next) => setHoliday(number, { ...holiday, hours: next })}
                  />
                </li>
              );
            })}
          </ul>
        )}
        <ErrorLine text={errorAt('holidays')} />
        <Button
          icon="add"
          disabled={holidays.length >= HOLIDAYS}
          onClick={() => {
            onchange({ ...hours, holidays: [...holidays, { date: '', hours: [] }] });
            focusLater(() => [...(list.current ?? document).querySelectorAll('.hours-holiday')].at(-1)?.querySelector('input'));
          }}
        >
          {strings.addHoliday}
        </Button>
      </div>
    </div>
  );
}

interface BlocksProps {
  /** What the day is called. */
  name: string;
  /** The pointer to its blocks. */
  place: string;
  blocks: readonly Block[];
  errorAt: ErrorAt;
  onchange(blocks: Block[]): void;
  /** What else can be done with the day. */
  children?: ComponentChildren;
}

/** The blocks of a day. */
function Blocks({ name, place, blocks, errorAt, onchange, children }: BlocksProps) {
  const around = useRef<HTMLDivElement>(null);
  const set = (number: number, block: Block) => onchange(blocks.map((one, at) => (at === number ? block : one)));
  return (
    <div class="hours-blocks" ref={around}>
      <ul class="hours-list">
        {blocks.length === 0 && <li class="hours-closed">{strings.closed}</li>}
        {blocks.map((block, number) => {
          const at = `${place}/${number}`;
          const errors = [errorAt(at), errorAt(`${at}/from`), errorAt(`${at}/to`)].filter((error) => error !== undefined);
          const id = `error ${at}`.replaceAll(/\W/g, '-');
          const times = [
            { part: 'from', label: strings.from(name), value: block.from, write: (value: string) => set(number, { ...block, from: value }) },
            { part: 'to', label: strings.to(name), value: endShown(block.to), write: (value: string) => set(number, { ...block, to: endWritten(value) }) },
          ];
          return (
            <li key={number}>
              <div class="hours-block">
                {times.map(({ part, label, value, write }, index) => (
                  <Fragment key={part}>
                    {index > 0 && <span aria-hidden="true">–</span>}
                    <div class="field-input">
                      <input
                        type="time"
                        name={`${at}/${part}`}
                        aria-label={label}
                        value={value}
                        required
                        aria-invalid={errorAt(at) !== undefined || errorAt(`${at}/${part}`) !== undefined}
                        {...(errors.length > 0 && { 'aria-describedby': id })}
                        onInput={({ currentTarget }) => write(currentTarget.value)}
                      />
                    </div>
                  </Fragment>
                ))}
                <IconButton
                  icon="close"
                  size="small"
                  label={strings.removeBlock(name, number + 1)}
                  onClick={() => {
                    onchange(blocks.filter((_, other) => other !== number));
                    focusLater(() => around.current?.querySelector('.hours-add'));
                  }}
                />
                {isOverMidnight(block) && <span class="hours-word">{strings.nextDay}</span>}
                {isAllDay(block) && <span class="hours-word">{strings.wholeDay}</span>}
              </div>
              <div id={id}>{errors.map((error) => <ErrorLine key={error} text={error} />)}</div>
            </li>
          );
        })}
      </ul>
      <div class="hours-actions">
        <IconButton
          class="hours-add"
          icon="add"
          size="small"
          label={strings.addBlock(name)}
          disabled={blocks.length >= BLOCKS}
          onClick={() => {
            onchange([...blocks, nextBlock(blocks)]);
            focusLater(() => [...(around.current?.querySelectorAll('.hours-block') ?? [])].at(-1)?.querySelector('input'));
          }}
        />
        {children}
      </div>
      <ErrorLine text={errorAt(place)} />
    </div>
  );
}

function ErrorLine({ text }: { text: string | undefined }) {
  return text === undefined ? null : (
    <p class="field-error">
      <Icon name="alert" />
      {text}
    </p>
  );
}

/** What is pressed is gone, or what is wanted is there, after the next rendering. */
function focusLater(find: () => Element | null | undefined): void {
  requestAnimationFrame(() => {
    const found = find();
    if (found instanceof HTMLElement) {
      found.focus();
    }
  });
}
