//! Days, and the moments at which a clock on the wall shows a time.

use crate::Millis;

/// How many seconds a zone's clocks are ahead of UTC at a moment; nothing for a zone that is not known. The domain knows no
/// zones: a Worker asks its runtime.
pub type Offset<'a> = &'a dyn Fn(&str, Millis) -> Option<i32>;

/// Milliseconds of a minute.
pub(super) const MINUTE: Millis = 60_000;
/// Milliseconds of a day.
pub(super) const DAY: Millis = 24 * 60 * MINUTE;

/// A day of the Gregorian calendar, counted from 1970-01-01.
pub(super) const fn day(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that a leap day is a year's last.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    // From 0000-03-01 to 1970-01-01 there are 719,468 days.
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// The clocks of a place. One is made for a calculation: it remembers what it asked last.
///
/// Within the three days around a day they are changed at most once.
pub(super) struct Clocks<'a> {
    zone: &'a str,
    offset: Offset<'a>,
    /// Offsets at the beginnings of days: one goes from day to day with one question each.
    known: [(i64, Millis); 6],
}

impl<'a> Clocks<'a> {
    pub(super) fn of(zone: &'a str, offset: Offset<'a>) -> Self {
        Self { zone, offset, known: [(i64::MIN, 0); 6] }
    }

    /// How many milliseconds they are ahead of UTC; none, where nobody knows the zone.
    fn ahead(&self, at: Millis) -> Millis {
        Millis::from((self.offset)(self.zone, at).unwrap_or(0)) * 1000
    }

    /// The same when a day begins in UTC.
    fn ahead_on(&mut self, day: i64) -> Millis {
        if let Some((_, ahead)) = self.known.iter().find(|(known, _)| *known == day) {
            return *ahead;
        }
        let ahead = self.ahead(day.saturating_mul(DAY));
        self.known.rotate_left(1);
        if let Some(last) = self.known.last_mut() {
            *last = (day, ahead);
        }
        ahead
    }

    /// Which day it is at a moment.
    pub(super) fn today(&self, at: Millis) -> i64 {
        at.saturating_add(self.ahead(at)).div_euclid(DAY)
    }

    /// When they show a time: so many minutes from the beginning of a day. A time that they skip is as much later as they are
    /// put forward; of one that they show twice it is the first.
    pub(super) fn moment(&mut self, day: i64, minutes: u32) -> Millis {
        let shown = day.saturating_mul(DAY).saturating_add(Millis::from(minutes) * MINUTE);
        let day = shown.div_euclid(DAY);
        // UTC is at most a day away.
        let (before, after) = (self.ahead_on(day.saturating_sub(1)), self.ahead_on(day.saturating_add(2)));
        let first = shown.saturating_sub(before);
        let second = shown.saturating_sub(after);
        if before == after || self.ahead(first) == before || self.ahead(second) != after {
            first
        } else {
            second
        }
    }
}

/// When the clocks of a zone show a time: a day, counted from 1970-01-01, and so many minutes from its beginning.
#[must_use]
pub fn moment(zone: &str, day: i64, minutes: u32, offset: Offset<'_>) -> Millis {
    Clocks::of(zone, offset).moment(day, minutes)
}

#[cfg(test)]
mod tests {
    use super::super::date;
    use super::super::zones::{self, minutes_past, utc};
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        let counted = [
            ("1970-01-01", 0),
            ("1970-03-01", 59),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2000-03-01", 11_017),
            ("2026-11-27", 20_784),
            ("0000-03-01", -719_468),
        ];
        for (text, days) in counted {
            assert_eq!(date(text), Some(days), "{text}");
        }
        let mut last = date("1896-01-01").unwrap() - 1;
        for year in 1896..2110 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(found) = date(&format!("{year:04}-{month:02}-{day:02}")) {
                        last += 1;
                        assert_eq!(found, last, "{year}-{month}-{day}");
                    }
                }
            }
        }
    }

    /// When a zone's clocks show a time of a day, and how late UTC is then.
    fn at(zone: &str, day: &str, time: &str) -> String {
        let found = moment(zone, date(day).unwrap(), super::super::minutes(time).unwrap(), &zones::offset);
        utc(found)
    }

    #[test]
    fn a_time_that_clocks_skip_is_as_much_later_as_they_are_put_forward() {
        for (zone, day, time, then) in [
            ("Europe/Berlin", "2026-03-29", "01:59", "2026-03-29 00:59"),
            ("Europe/Berlin", "2026-03-29", "02:00", "2026-03-29 01:00"),
            ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29 01:30"),
            ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29 01:00"),
            ("America/New_York", "2026-03-08", "02:30", "2026-03-08 07:30"),
            ("America/New_York", "2026-03-08", "03:00", "2026-03-08 07:00"),
            ("Australia/Lord_Howe", "2026-10-04", "01:59", "2026-10-03 15:29"),
            ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03 15:40"),
            ("Australia/Lord_Howe", "2026-10-04", "02:30", "2026-10-03 15:30"),
            ("Asia/Kathmandu", "2026-10-04", "02:30", "2026-10-03 20:45"),
            ("Pacific/Apia", "2011-12-30", "10:00", "2011-12-30 20:00"),
            ("Pacific/Apia", "2011-12-31", "10:00", "2011-12-30 20:00"),
        ] {
            assert_eq!(at(zone, day, time), then, "{zone} {day} {time}");
        }
    }

    #[test]
    fn of_a_time_that_clocks_show_twice_it_is_the_first() {
        for (zone, day, time, then) in [
            ("Europe/Berlin", "2026-10-25", "01:59", "2026-10-24 23:59"),
            ("Europe/Berlin", "2026-10-25", "02:00", "2026-10-25 00:00"),
            ("Europe/Berlin", "2026-10-25", "02:59", "2026-10-25 00:59"),
            ("Europe/Berlin", "2026-10-25", "03:00", "2026-10-25 02:00"),
            ("America/New_York", "2026-11-01", "01:30", "2026-11-01 05:30"),
            ("America/New_York", "2026-11-01", "02:00", "2026-11-01 07:00"),
            ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04 14:45"),
            ("Australia/Lord_Howe", "2026-04-05", "02:00", "2026-04-04 15:30"),
        ] {
            assert_eq!(at(zone, day, time), then, "{zone} {day} {time}");
        }
    }

    #[test]
    fn a_zone_that_nobody_knows_is_that_of_utc() {
        assert_eq!(at("Mars/Olympus", "2026-06-01", "24:00"), "2026-06-02 00:00");
    }

    /// Finds it by looking at the clock every minute.
    #[test]
    fn it_is_what_looking_at_the_clock_finds() {
        for (zone, days) in zones::TURNS {
            for day in *days {
                for minutes in (0..24 * 60).step_by(5) {
                    let day = date(day).unwrap();
                    let found = moment(zone, day, minutes, &zones::offset);
                    assert_eq!(found, minutes_past(zone, day, minutes), "{zone} {day} {minutes}");
                }
            }
        }
    }
}
