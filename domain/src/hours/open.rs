//! When somebody is there, and how much of a time that is.
//!
//! A block belongs to the day on which it begins, so one that goes on over midnight also goes on into a holiday. Where blocks meet or
//! overlap, as those of a holiday may with what goes on into it, they are one.

use super::calendar::{Clocks, DAY, Offset};
use super::{date, minutes};
use crate::Millis;
use crate::sorted::sort_by;
use crate::wire::{Block, BusinessHours, Week};

/// So many days without anybody there are as good as for ever.
const NEVER: i64 = 400;
/// Nothing is looked for any further on, in days.
const HORIZON: i64 = 3_660;

/// Whether somebody is there at a moment.
#[must_use]
pub fn is_open(hours: &BusinessHours, at: Millis, offset: Offset<'_>) -> bool {
    Openings::after(hours, at, offset).next().is_some_and(|(from, _)| from <= at)
}

/// When somebody comes who is not there now, or goes who is. Nothing, if that is not within 400 days.
#[must_use]
pub fn next_change(hours: &BusinessHours, at: Millis, offset: Offset<'_>) -> Option<Millis> {
    let (from, to) = Openings::after(hours, at, offset).next()?;
    let change = if from > at { from } else { to };
    (change <= at.saturating_add(NEVER * DAY)).then_some(change)
}

/// For how long somebody is there between two moments.
#[must_use]
pub fn business_time(hours: &BusinessHours, from: Millis, to: Millis, offset: Offset<'_>) -> Millis {
    let inside = Openings::after(hours, from, offset).take_while(|(begin, _)| *begin < to);
    inside.map(|(begin, end)| end.min(to) - begin.max(from)).sum()
}

/// When somebody has been there for so long, from a moment on. Nothing: never, because nobody is there for 400 days, or not
/// within ten years.
#[must_use]
pub fn add_business_time(
    hours: &BusinessHours,
    from: Millis,
    span: Millis,
    offset: Offset<'_>,
) -> Option<Millis> {
    if span <= 0 {
        return Some(from);
    }
    let mut left = span;
    for (begin, end) in Openings::after(hours, from, offset) {
        let begin = begin.max(from);
        if left <= end - begin {
            return Some(begin + left);
        }
        left -= end - begin;
    }
    None
}

/// The times during which somebody is there, one after the other, from the first on that is not over at a moment. One that
/// lasts for longer than 400 days is told in parts.
struct Openings<'a> {
    hours: &'a BusinessHours,
    clocks: Clocks<'a>,
    /// The days of the holidays, in their order.
    holidays: Vec<Option<i64>>,
    after: Millis,
    /// The day to be looked at next.
    day: i64,
    /// The last one that is looked at, however much there is.
    last: i64,
    /// Those that are known, the last one first.
    known: Vec<(Millis, Millis)>,
}

impl<'a> Openings<'a> {
    fn after(hours: &'a BusinessHours, at: Millis, offset: Offset<'a>) -> Self {
        let clocks = Clocks::of(&hours.time_zone, offset);
        // What began two days ago is over, unless clocks were put back since.
        let day = clocks.today(at).saturating_sub(2);
        Self {
            hours,
            clocks,
            holidays: hours.holidays.iter().map(|holiday| date(&holiday.date)).collect(),
            after: at,
            day,
            last: day.saturating_add(HORIZON),
            known: Vec::new(),
        }
    }

    fn blocks(&self, day: i64) -> &'a [Block] {
        let holiday = self.holidays.iter().position(|holiday| *holiday == Some(day));
        match holiday.and_then(|number| self.hours.holidays.get(number)) {
            Some(holiday) => &holiday.hours,
            None => of_week(&self.hours.week, day),
        }
    }

    /// Whether something that is not known yet may begin by then. No clocks skip more than a day.
    fn may_begin_by(&mut self, at: Millis) -> bool {
        self.day <= self.last && self.clocks.moment(self.day, 0).saturating_sub(DAY) <= at
    }

    /// Puts what begins on the next day to what is known.
    fn read_day(&mut self) {
        let day = self.day;
        self.day += 1;
        for block in self.blocks(day) {
            let (Some(from), Some(to)) = (minutes(&block.from), minutes(&block.to)) else { continue };
            let to = if to < from { to + super::DAY } else { to };
            let (from, to) = (self.clocks.moment(day, from), self.clocks.moment(day, to));
            // A block of which clocks skip the beginning may be over before it begins.
            if from < to && to > self.after {
                self.known.push((from, to));
            }
        }
        sort_by(&mut self.known, |(one, _), (other, _)| other.cmp(one));
    }
}

impl Iterator for Openings<'_> {
    type Item = (Millis, Millis);

    fn next(&mut self) -> Option<(Millis, Millis)> {
        let nobody = self.day.saturating_add(NEVER + 2).min(self.last);
        while self.known.is_empty() {
            if self.day > nobody {
                return None;
            }
            self.read_day();
        }
        while let Some((from, _)) = self.known.last().copied()
            && self.may_begin_by(from)
        {
            self.read_day();
        }
        let (from, mut to) = self.known.pop()?;
        let long = from.saturating_add((NEVER + 1) * DAY);
        loop {
            while let Some((_, end)) = self.known.pop_if(|(next, _)| *next <= to) {
                to = to.max(end);
            }
            if to > long || !self.may_begin_by(to) {
                return Some((from, to));
            }
            self.read_day();
        }
    }
}

/// The blocks of a day's day of the week. The first day of all was a Thursday.
fn of_week(week: &Week, day: i64) -> &[Block] {
    match day.rem_euclid(7) {
        0 => &week.thursday,
        1 => &week.friday,
        2 => &week.saturday,
        3 => &week.sunday,
        4 => &week.monday,
        5 => &week.tuesday,
        _ => &week.wednesday,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::calendar::{MINUTE, day};
    use super::super::zones::{self, TURNS, minutes_past, utc};
    use super::*;
    use crate::wire::Holiday;

    const HOUR: Millis = 60 * MINUTE;

    #[allow(clippy::needless_pass_by_value, reason = "they are written where they are handed in")]
    fn hours(zone: &str, week: Value, holidays: Value) -> BusinessHours {
        let mut days = serde_json::to_value(Week::default()).unwrap();
        days.as_object_mut().unwrap().append(week.clone().as_object_mut().unwrap());
        serde_json::from_value(json!({ "timeZone": zone, "week": days, "holidays": holidays })).unwrap()
    }

    fn workdays(zone: &str, from: &str, to: &str) -> BusinessHours {
        let day = json!([{ "from": from, "to": to }]);
        let week = json!({ "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day });
        hours(zone, week, json!([]))
    }

    fn at(text: &str) -> Millis {
        let (day, time) = text.split_once(' ').unwrap();
        date(day).unwrap() * DAY + Millis::from(minutes(time).unwrap()) * MINUTE
    }

    fn added(hours: &BusinessHours, from: &str, span: Millis) -> Option<String> {
        add_business_time(hours, at(from), span, &zones::offset).map(utc)
    }

    fn change(hours: &BusinessHours, from: &str) -> Option<String> {
        next_change(hours, at(from), &zones::offset).map(utc)
    }

    #[test]
    fn a_target_of_friday_evening_is_due_on_monday() {
        let office = workdays("Europe/Berlin", "09:00", "17:00");
        // The 27th of November 2026 is a Friday; Berlin is an hour ahead.
        assert!(is_open(&office, at("2026-11-27 08:00"), &zones::offset));
        assert!(is_open(&office, at("2026-11-27 15:59"), &zones::offset));
        assert!(!is_open(&office, at("2026-11-27 16:00"), &zones::offset));
        assert_eq!(added(&office, "2026-11-27 15:30", HOUR).as_deref(), Some("2026-11-30 08:30"));
        assert_eq!(added(&office, "2026-11-27 15:00", HOUR).as_deref(), Some("2026-11-27 16:00"));
        assert_eq!(added(&office, "2026-11-28 12:00", 0).as_deref(), Some("2026-11-28 12:00"));
        assert_eq!(change(&office, "2026-11-27 12:00").as_deref(), Some("2026-11-27 16:00"));
        assert_eq!(change(&office, "2026-11-27 16:00").as_deref(), Some("2026-11-30 08:00"));
        let week = business_time(&office, at("2026-11-23 00:00"), at("2026-11-30 00:00"), &zones::offset);
        assert_eq!(week, 40 * HOUR);
        assert_eq!(business_time(&office, at("2026-11-25 00:00"), at("2026-11-24 00:00"), &zones::offset), 0);
    }

    #[test]
    fn a_week_of_one_day_is_worked_through_a_day_a_week() {
        let mondays =
            hours("Asia/Kathmandu", json!({ "monday": [{ "from": "10:00", "to": "18:00" }] }), json!([]));
        assert_eq!(added(&mondays, "2026-11-30 04:15", 8 * HOUR).as_deref(), Some("2026-11-30 12:15"));
        assert_eq!(added(&mondays, "2026-11-30 04:15", 20 * HOUR).as_deref(), Some("2026-12-14 08:15"));
        // The longest target there is: 30 days of business time are 90 weeks.
        assert_eq!(added(&mondays, "2026-11-30 04:15", 720 * HOUR).as_deref(), Some("2028-08-14 12:15"));
        let week = business_time(&mondays, at("2026-11-30 00:00"), at("2028-08-21 00:00"), &zones::offset);
        assert_eq!(week, 720 * HOUR);
    }

    #[test]
    fn a_shift_over_midnight_goes_on_into_a_holiday() {
        let nights = hours(
            "Europe/Berlin",
            json!({ "wednesday": [{ "from": "22:00", "to": "06:00" }], "thursday": [{ "from": "22:00", "to": "06:00" }] }),
            json!([{ "date": "2026-12-24", "hours": [{ "from": "05:00", "to": "07:00" }] }]),
        );
        assert_eq!(change(&nights, "2026-12-23 21:30").as_deref(), Some("2026-12-24 06:00"));
        assert_eq!(change(&nights, "2026-12-24 06:00").as_deref(), Some("2026-12-30 21:00"));
        assert_eq!(change(&nights, "2026-12-30 22:00").as_deref(), Some("2026-12-31 05:00"));
        let all = business_time(&nights, at("2026-12-23 00:00"), at("2026-12-26 00:00"), &zones::offset);
        assert_eq!(all, 9 * HOUR, "what overlaps counts once");
    }

    #[test]
    fn on_a_day_on_which_clocks_change_hours_count_as_they_pass() {
        let night = |zone: &str| {
            let day = json!([{ "from": "00:00", "to": "06:00" }]);
            hours(zone, json!({ "sunday": day }), json!([]))
        };
        for (zone, from, to, minutes) in [
            ("Europe/Berlin", "2026-03-28 12:00", "2026-03-29 12:00", 300),
            ("Europe/Berlin", "2026-10-24 12:00", "2026-10-25 12:00", 420),
            ("America/New_York", "2026-03-07 12:00", "2026-03-08 23:00", 300),
            ("America/New_York", "2026-10-31 12:00", "2026-11-01 23:00", 420),
            ("Australia/Lord_Howe", "2026-10-03 12:00", "2026-10-04 12:00", 330),
            ("Australia/Lord_Howe", "2026-04-04 12:00", "2026-04-05 12:00", 390),
            ("Asia/Kathmandu", "2026-03-28 12:00", "2026-03-29 12:00", 360),
        ] {
            let hours = night(zone);
            assert_eq!(
                business_time(&hours, at(from), at(to), &zones::offset),
                minutes * MINUTE,
                "{zone} {from}"
            );
        }
    }

    #[test]
    fn whoever_is_never_there_or_always_does_not_keep_us_looking() {
        let never = hours("Europe/Berlin", json!({}), json!([]));
        assert_eq!(added(&never, "2026-11-27 12:00", 1), None);
        assert_eq!(change(&never, "2026-11-27 12:00"), None);
        assert!(!is_open(&never, at("2026-11-27 12:00"), &zones::offset));
        let day = json!([{ "from": "00:00", "to": "24:00" }]);
        let mut always = workdays("Europe/Berlin", "00:00", "24:00");
        always.week.saturday = serde_json::from_value(day.clone()).unwrap();
        always.week.sunday = serde_json::from_value(day).unwrap();
        assert_eq!(change(&always, "2026-11-27 12:00"), None);
        assert_eq!(added(&always, "2026-11-27 12:00", 1000 * DAY).as_deref(), Some("2029-08-23 12:00"));
        let two_years =
            business_time(&always, at("2026-11-27 12:00"), at("2028-11-26 12:00"), &zones::offset);
        assert_eq!(two_years, 730 * DAY);
        let one_minute = hours("UTC", json!({ "monday": [{ "from": "10:00", "to": "10:01" }] }), json!([]));
        assert_eq!(added(&one_minute, "2026-11-27 12:00", 43_200 * MINUTE), None, "not within ten years");
        let once = hours(
            "UTC",
            json!({}),
            json!([{ "date": "2026-12-24", "hours": [{ "from": "10:00", "to": "11:00" }] }]),
        );
        assert_eq!(added(&once, "2026-11-27 12:00", HOUR).as_deref(), Some("2026-12-24 11:00"));
        assert_eq!(added(&once, "2026-11-27 12:00", HOUR + 1), None);
    }

    #[test]
    fn a_zone_is_asked_about_once_a_day_at_most() {
        let asked = std::cell::Cell::new(0);
        let count = |zone: &str, at| {
            asked.set(asked.get() + 1);
            zones::offset(zone, at)
        };
        let mondays =
            hours("Europe/Berlin", json!({ "monday": [{ "from": "10:00", "to": "18:00" }] }), json!([]));
        assert!(add_business_time(&mondays, at("2026-11-27 12:00"), 400 * HOUR, &count).is_some());
        assert!(asked.get() <= 50 * 8, "{} questions for 350 days", asked.get());
    }

    /// Of every minute, whether somebody is there: the blocks of all days around, each begun and ended by looking at the clock.
    fn minute_by_minute(hours: &BusinessHours, from: Millis, days: i64) -> Vec<bool> {
        let first = from.div_euclid(DAY);
        let mut open = vec![false; usize::try_from(days * 24 * 60).unwrap()];
        for day in first - 3..first + days + 3 {
            let blocks = hours
                .holidays
                .iter()
                .find(|one| date(&one.date) == Some(day))
                .map_or_else(|| of_week(&hours.week, day), |holiday| &holiday.hours);
            for block in blocks {
                let (begin, end) = (minutes(&block.from).unwrap(), minutes(&block.to).unwrap());
                let next = i64::from(end < begin);
                let begin = minutes_past(&hours.time_zone, day, begin);
                let end = minutes_past(&hours.time_zone, day + next, end);
                for (minute, is_open) in (0..).zip(&mut open) {
                    let at = from + minute * MINUTE;
                    *is_open |= begin <= at && at < end;
                }
            }
        }
        open
    }

    fn block() -> impl Strategy<Value = Block> {
        let time = |most: u32| (0..=most, prop_oneof![Just(0), Just(30), 0_u32..60]);
        (time(23), time(24)).prop_filter_map("ends as it begins", |((from, past), (to, later))| {
            let text = |hour: u32, minute: u32| format!("{hour:02}:{minute:02}");
            let later = if to == 24 { 0 } else { later };
            let block = Block { from: text(from, past), to: text(to, later) };
            (block.from != block.to).then_some(block)
        })
    }

    /// Whatever hours, also such as are not kept: blocks that overlap count once.
    fn any_hours() -> impl Strategy<Value = (BusinessHours, Millis)> {
        let days = TURNS.iter().flat_map(|(zone, days)| days.iter().map(|day| (*zone, date(day).unwrap())));
        let days: Vec<(&str, i64)> = days.collect();
        let week = proptest::array::uniform7(prop_oneof![3 => vec(block(), 0..3), 1 => Just(Vec::new())]);
        let holidays = vec((-3_i64..4, vec(block(), 0..2)), 0..3);
        (proptest::sample::select(days), week, holidays, -3_i64..1).prop_map(
            |((zone, day), week, holidays, shift)| {
                let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] = week;
                let mut seen: Vec<i64> = Vec::new();
                let mut kept = Vec::new();
                for (distance, hours) in holidays {
                    if !seen.contains(&distance) {
                        seen.push(distance);
                        let date = utc((day + distance) * DAY).split_once(' ').unwrap().0.to_owned();
                        kept.push(Holiday { date, name: None, hours });
                    }
                }
                let week = Week { monday, tuesday, wednesday, thursday, friday, saturday, sunday };
                let hours = BusinessHours { time_zone: zone.to_owned(), week, holidays: kept };
                (hours, (day + shift) * DAY)
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_is_what_counting_minutes_finds((hours, start) in any_hours(), from in 0_usize..4 * 1440, span in 0_usize..3 * 1440, millis in 0_i64..60_000) {
            let days = 8;
            let open = minute_by_minute(&hours, start, days);
            let minute = |number: usize| start + Millis::try_from(number).unwrap() * MINUTE;
            let now = minute(from);
            prop_assert_eq!(is_open(&hours, now + millis, &zones::offset), open[from]);

            // The first minute that differs, if there is one that was looked at.
            if let Some(differs) = open[from..].iter().position(|is_open| *is_open != open[from]) {
                prop_assert_eq!(next_change(&hours, now + millis, &zones::offset), Some(minute(from + differs)));
            }

            let until = (from + span).min(open.len());
            let counted = open[from..until].iter().filter(|is_open| **is_open).count();
            let time = business_time(&hours, now, minute(until), &zones::offset);
            prop_assert_eq!(time, minute(counted) - start);
            let partly = business_time(&hours, now + millis, minute(until), &zones::offset);
            let lost = if open[from] && until > from { millis } else { 0 };
            prop_assert_eq!(partly, time - lost);

            // To add what has been counted leads to the end of the last minute of it.
            let wanted = minute(counted) - start;
            let end = open[from..until].iter().rposition(|is_open| *is_open).map_or(from, |last| from + last + 1);
            prop_assert_eq!(add_business_time(&hours, now, wanted, &zones::offset), Some(minute(end)));
        }
    }

    #[test]
    fn the_first_day_of_all_was_a_thursday() {
        let thursdays = hours("UTC", json!({ "thursday": [{ "from": "00:00", "to": "24:00" }] }), json!([]));
        assert!(is_open(&thursdays, 0, &zones::offset));
        assert!(is_open(&thursdays, day(2026, 11, 26) * DAY, &zones::offset));
        assert!(!is_open(&thursdays, day(2026, 11, 27) * DAY, &zones::offset));
    }
}
