import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAYS, endShown, endWritten, isOverMidnight, linesOf, nextBlock, usualHours, wrongOf } from './hours.ts';
import { strings } from '../../strings/departments.ts';

const block = (text) => ({ from: text.split('-')[0], to: text.split('-')[1] });
const hours = (week, holidays = []) => ({
  timeZone: 'Europe/Berlin',
  week: Object.fromEntries(DAYS.map((day) => [day, (week[day] ?? []).map(block)])),
  holidays: holidays.map(([date, name, ...blocks]) => ({ date, ...(name && { name }), hours: blocks.map(block) })),
});
const wrong = (week, holidays) => Object.keys(wrongOf(hours(week, holidays)));

test('blocks do not overlap, also over midnight and from Sunday to Monday', () => {
  assert.deepEqual(wrong({ monday: ['09:00-12:00', '13:00-17:00'], friday: ['22:00-06:00'], saturday: ['06:00-24:00'] }), []);
  assert.deepEqual(wrong({ monday: ['22:00-06:00'], tuesday: ['05:59-12:00'] }), ['week/tuesday/0']);
  assert.deepEqual(wrong({ sunday: ['22:00-06:00'], monday: ['05:00-12:00'] }), ['week/monday/0']);
  assert.deepEqual(wrong({ friday: ['13:00-17:00', '09:00-14:00'] }), ['week/friday/0'], 'named where it stands');
  assert.deepEqual(wrong({ monday: ['18:00-17:59'] }), [], 'one alone does not meet itself');
});

test('all that does not fit is said at once, where it stands', () => {
  const bad = { tuesday: ['-12:00', '10:00-', '10:00-10:00'] };
  const holidays = [['', undefined], ['2026-12-24', 'x'.repeat(101)], ['2026-12-24', undefined, '10:00-12:00', '11:00-13:00']];
  assert.deepEqual(wrong(bad, holidays), [
    'week/tuesday/0/from',
    'week/tuesday/1/to',
    'week/tuesday/2/to',
    'holidays/0/date',
    'holidays/1/name',
    'holidays/2/date',
    'holidays/2/hours/1',
  ]);
});

test('the end of a day is 24:00, which a field for times calls 00:00', () => {
  assert.deepEqual([endShown('24:00'), endWritten('00:00'), endShown('17:00'), endWritten('17:00')], ['00:00', '24:00', '17:00', '17:00']);
  assert.deepEqual(['22:00-06:00', '22:00-24:00', '09:00-17:00', '22:00-'].map((text) => isOverMidnight(block(text))), [true, false, false, false]);
});

test('another block goes on where the day has room for it', () => {
  assert.deepEqual(nextBlock([]), block('09:00-17:00'));
  assert.deepEqual(nextBlock([block('09:00-12:00')]), block('13:00-15:00'));
  assert.deepEqual(nextBlock([block('09:00-22:30')]), block('23:30-24:00'));
  for (const full of ['09:00-23:30', '22:00-06:00', '09:00-']) assert.deepEqual(nextBlock([block(full)]), { from: '', to: '' }, full);
});

test('days in a row that are alike are one line', () => {
  const lines = (week, holidays) => linesOf(hours(week, holidays)).map((line) => line.replaceAll('\u2060', ''));
  assert.equal(linesOf(usualHours('UTC')).length, 1);
  assert.match(lines({ monday: ['09:00-12:00', '13:00-17:00'], tuesday: ['09:00-12:00', '13:00-17:00'], saturday: ['00:00-24:00'] })[0], /^Mon–Tue .*, .*/);
  assert.equal(lines({ saturday: ['00:00-24:00'] })[0], `Sat ${strings.allDay}`);
  assert.deepEqual(lines({}, [['2026-12-24']]), [strings.neverOpen, strings.holidayCount(1)]);
});
