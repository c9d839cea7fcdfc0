/**
 * Business hours, as they are edited and read: the rules that they have to fit (docs/API.md), told before the server has to,
 * and what they are in words. They are what the wire has, so that the server's words on a part stand at that part.
 */
import type { Block, BusinessHours, Week } from '@wire';
import { strings } from '../../strings/departments.ts';
import { namedRules } from '../../data/rules.ts';

export type Day = keyof Week;

export const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const satisfies readonly Day[];
export const WEEKDAYS: readonly Day[] = DAYS.slice(0, 5);

/** The most blocks a day may have, and the most holidays there may be. */
export const BLOCKS = 10;
export const HOLIDAYS = 100;

const MINUTES_A_DAY = 24 * 60;
/** What a new block is at first, on a day without any. */
const FIRST: Block = { from: '09:00', to: '17:00' };

/** What a team begins with that is not always there. */
export function usualHours(timeZone: string): BusinessHours {
  const week = Object.fromEntries(DAYS.map((day) => [day, WEEKDAYS.includes(day) ? [FIRST] : []])) as unknown as Week;
  return { timeZone, week, holidays: [] };
}

/** A block behind those that are there: an hour after the last, if the day has room for it. */
export function nextBlock(blocks: readonly Block[]): Block {
  const last = blocks.at(-1);
  if (!last) {
    return FIRST;
  }
  const [begin, end] = [minutesOf(last.from), minutesOf(last.to)];
  if (begin === undefined || end === undefined || end <= begin || end + 60 >= MINUTES_A_DAY) {
    return { from: '', to: '' };
  }
  return { from: written(end + 60), to: written(Math.min(end + 180, MINUTES_A_DAY)) };
}

/** Whether a block goes on over midnight. */
export function isOverMidnight({ from, to }: Block): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  return begin !== undefined && end !== undefined && end < begin && end > 0;
}

export const isAllDay = ({ from, to }: Block): boolean => from === '00:00' && to === '24:00';

/** A field of the browser for times knows no 24:00; the end of a day is what it calls 00:00. */
export const endShown = (to: string): string => (to === '24:00' ? '00:00' : to);
export const endWritten = (shown: string): string => (shown === '00:00' ? '24:00' : shown);

/** What does not fit, by its pointer from the hours on. */
export function wrongOf({ week, holidays }: BusinessHours): Record<string, string> {
  const wrong: Record<string, string> = {};
  const spans = DAYS.flatMap((day, number) => spansOf(week[day], `week/${day}`, number * MINUTES_A_DAY, wrong));
  const [first] = spans;
  // What goes on into Monday meets the week's first block; one alone does not meet itself.
  const again = first && spans.length > 1 ? [{ ...first, from: first.from + 7 * MINUTES_A_DAY, to: first.to + 7 * MINUTES_A_DAY }] : [];
  refuseOverlaps([...spans, ...again], wrong);
  holidays.forEach(({ date, name, hours }, number) => {
    const place = `holidays/${number}`;
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) {
      wrong[`${place}/date`] = strings.dateMissing;
    } else if (holidays.slice(0, number).some((other) => other.date === date)) {
      wrong[`${place}/date`] = strings.dateTwice;
    }
    const wrongName = name === undefined ? undefined : namedRules.name(name);
    if (wrongName !== undefined) {
      wrong[`${place}/name`] = wrongName;
    }
    refuseOverlaps(spansOf(hours, `${place}/hours`, 0, wrong), wrong);
  });
  return wrong;
}

interface Span {
  from: number;
  to: number;
  place: string;
}

/** The blocks of a day that are blocks, in their order. */
function spansOf(blocks: readonly Block[], place: string, begin: number, wrong: Record<string, string>): Span[] {
  const spans = blocks.flatMap((block, number): Span[] => {
    const [from, to] = [minutesOf(block.from), minutesOf(block.to)];
    if (from === undefined) {
      wrong[`${place}/${number}/from`] = strings.timeMissing;
    }
    if (to === undefined) {
      wrong[`${place}/${number}/to`] = strings.timeMissing;
    }
    if (from === undefined || to === undefined) {
      return [];
    }
    if (from === to) {
      wrong[`${place}/${number}/to`] = strings.timeSame;
      return [];
    }
    return [{ from: begin + from, to: begin + (to < from ? to + MINUTES_A_DAY : to), place: `${place}/${number}` }];
  });
  return spans.sort((one, other) => one.from - other.from);
}

function refuseOverlaps(spans: readonly Span[], wrong: Record<string, string>): void {
  let end = 0;
  for (const { from, to, place } of spans) {
    if (from < end) {
      wrong[place] = strings.overlaps;
    }
    end = Math.max(end, to);
  }
}

function minutesOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{2}):(\d{2})$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

function written(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short', timeZone: 'UTC' });

/** A time as the reader's own clock has it. */
function timeInWords(text: string): string {
  return clock.format((minutesOf(text) ?? 0) * 60_000);
}

function blocksInWords(blocks: readonly Block[]): string {
  return blocks.map((block) => (isAllDay(block) ? strings.allDay : strings.fromTo(timeInWords(block.from), timeInWords(block.to)))).join(', ');
}

/** When somebody is there, line by line: days in a row that are alike are one. */
export function linesOf({ week, holidays }: BusinessHours): string[] {
  const runs: { first: Day; last: Day; words: string }[] = [];
  for (const day of DAYS) {
    const words = blocksInWords(week[day]);
    const run = runs.at(-1);
    if (run?.words === words) {
      run.last = day;
    } else {
      runs.push({ first: day, last: day, words });
    }
  }
  const open = runs.filter(({ words }) => words !== '');
  const lines = open.map(({ first, last, words }) => {
    const [one, other] = [strings.shortDays[first], strings.shortDays[last]];
    return `${first === last ? one : strings.fromTo(one, other)} ${words}`;
  });
  return [...(lines.length === 0 ? [strings.neverOpen] : lines), ...(holidays.length === 0 ? [] : [strings.holidayCount(holidays.length)])];
}
