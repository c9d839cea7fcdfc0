import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldOf, instantOf, ofField, snoozeTimes, wallTime } from './snooze-times.ts';

const at = (text) => Date.parse(text);
const iso = (time) => new Date(time).toISOString().slice(0, 16);
const BERLIN = 'Europe/Berlin';
const offered = (now, zone) => snoozeTimes(at(now), zone).map((choice) => `${choice.name} ${iso(choice.at)}`);

test('what is offered is by the clock of whoever asks', () => {
  // A Wednesday, 14:20 in Berlin.
  assert.deepEqual(offered('2026-11-25T13:20Z', BERLIN), [
    'hour 2026-11-25T14:20',
    'evening 2026-11-25T17:00',
    'tomorrow 2026-11-26T08:00',
    'monday 2026-11-30T08:00',
  ]);
  // There it is Thursday already.
  assert.deepEqual(offered('2026-11-25T19:00Z', 'Asia/Kathmandu').slice(1), [
    'evening 2026-11-26T12:15',
    'tomorrow 2026-11-27T03:15',
    'monday 2026-11-30T03:15',
  ]);
});

test('no evening that is over or nearly here, and no Monday that is tomorrow', () => {
  assert.deepEqual(offered('2026-11-25T16:31Z', BERLIN).map((one) => one.split(' ')[0]), ['hour', 'tomorrow', 'monday']);
  assert.deepEqual(offered('2026-11-29T12:00Z', BERLIN).map((one) => one.split(' ')[0]), ['hour', 'evening', 'tomorrow']);
  assert.equal(offered('2026-11-30T12:00Z', BERLIN).at(-1), 'monday 2026-12-07T08:00');
  assert.deepEqual(offered('2026-12-31T12:00Z', BERLIN)[2], 'tomorrow 2027-01-01T08:00');
});

test('nine in the morning is nine also on the day on which the clocks change', () => {
  assert.ok(offered('2026-03-28T12:00Z', BERLIN).includes('tomorrow 2026-03-29T07:00'));
  assert.ok(offered('2026-10-24T12:00Z', BERLIN).includes('tomorrow 2026-10-25T08:00'));
});

test('a time that a clock leaves out is as much later, and one that it shows twice is the first', () => {
  const instant = (year, month, day, hour, minute, zone) => iso(instantOf({ year, month, day, hour, minute }, zone));
  assert.equal(instant(2026, 3, 29, 2, 30, BERLIN), '2026-03-29T01:30');
  assert.equal(instant(2026, 10, 25, 2, 30, BERLIN), '2026-10-25T00:30');
  assert.equal(instant(2026, 11, 1, 1, 30, 'America/New_York'), '2026-11-01T05:30');
  assert.equal(instant(2026, 10, 4, 2, 15, 'Australia/Lord_Howe'), '2026-10-03T15:45');
  assert.equal(instant(2026, 4, 5, 1, 45, 'Australia/Lord_Howe'), '2026-04-04T14:45');
});

test('what a field says is what it was told', () => {
  for (const zone of [BERLIN, 'America/New_York', 'Asia/Kathmandu', 'UTC', undefined]) {
    for (let time = at('2026-01-01T00:00Z'); time < at('2027-01-01T00:00Z'); time += 17 * 3_600_000 + 60_000) {
      const again = ofField(fieldOf(time, zone), zone);
      assert.ok(again === time || fieldOf(again, zone) === fieldOf(time, zone), `${iso(time)} in ${zone}`);
    }
  }
  assert.equal(ofField('', BERLIN), undefined);
  assert.deepEqual(wallTime(at('2026-11-25T23:00Z'), BERLIN), { year: 2026, month: 11, day: 26, hour: 0, minute: 0 });
});
