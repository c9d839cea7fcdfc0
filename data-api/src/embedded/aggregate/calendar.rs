//! The calendar for date expressions: the proleptic Gregorian one, in UTC or at a fixed offset.
//!
//! A local time is a date's milliseconds plus the offset, so everything here is whole-number arithmetic. There is no
//! time zone database in a Worker: names such as `Europe/Berlin` are refused.

use std::fmt::Write;

use crate::DataApiError;
use crate::date::{DAY_MILLIS as DAY, civil_from_days, days_from_civil};
use crate::error::invalid;

const WEEK: i64 = 7 * DAY;
/// 2000-01-01T00:00:00 local time, a Saturday: from here `$dateTrunc` counts its bins.
const REFERENCE: i64 = 946_684_800_000;
const REFERENCE_DAY_OF_WEEK: i64 = 6;

/// A local time in its parts.
pub(super) struct Moment {
    year: i64,
    month: i64,
    day: i64,
    /// Since 1970-01-01.
    days: i64,
    /// Since midnight.
    milliseconds: i64,
}

impl Moment {
    pub(super) fn at(local: i64) -> Self {
        let days = local.div_euclid(DAY);
        let (year, month, day) = civil_from_days(days);
        Self { year, month, day, days, milliseconds: local.rem_euclid(DAY) }
    }

    /// The part that a date operator (without its `$`) or a format's specifier names.
    pub(super) fn part(&self, name: &str) -> Option<i64> {
        Some(match name {
            "year" | "%Y" => self.year,
            "month" | "%m" => self.month,
            "dayOfMonth" | "%d" => self.day,
            "hour" | "%H" => self.milliseconds / 3_600_000,
            "minute" | "%M" => self.milliseconds / 60_000 % 60,
            "second" | "%S" => self.milliseconds / 1000 % 60,
            "millisecond" | "%L" => self.milliseconds % 1000,
            "dayOfYear" | "%j" => self.day_of_year(),
            // 1 is Sunday.
            "dayOfWeek" | "%w" => self.iso_day_of_week() % 7 + 1,
            // 1 is Monday.
            "isoDayOfWeek" | "%u" => self.iso_day_of_week(),
            // Week 1 begins with the year's first Sunday; the days before are week 0.
            "week" | "%U" => (self.day_of_year() + 6 - self.iso_day_of_week() % 7) / 7,
            "isoWeek" | "%V" => self.iso_week().1,
            "isoWeekYear" | "%G" => self.iso_week().0,
            _ => return None,
        })
    }

    const fn day_of_year(&self) -> i64 {
        self.days - days_from_civil(self.year, 1, 1) + 1
    }

    const fn iso_day_of_week(&self) -> i64 {
        (self.days + 3).rem_euclid(7) + 1
    }

    /// The ISO year and week: those of the week's Thursday.
    fn iso_week(&self) -> (i64, i64) {
        let thursday = self.days - self.iso_day_of_week() + 4;
        let year = civil_from_days(thursday).0;
        (year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1)
    }
}

/// Months since the year 0.
const fn months(moment: &Moment) -> i64 {
    moment.year * 12 + moment.month - 1
}

/// The first day of a month counted from the year 0, as a local time.
const fn first_of_month(months: i64) -> i64 {
    days_from_civil(0, months + 1, 1) * DAY
}

/// A unit of time: so many months, or so many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Months(i64),
    Milliseconds(i64),
}

impl Unit {
    pub(super) const WEEK: Self = Self::Milliseconds(WEEK);

    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "year" => Self::Months(12),
            "quarter" => Self::Months(3),
            "month" => Self::Months(1),
            "week" => Self::WEEK,
            "day" => Self::Milliseconds(DAY),
            "hour" => Self::Milliseconds(3_600_000),
            "minute" => Self::Milliseconds(60_000),
            "second" => Self::Milliseconds(1000),
            "millisecond" => Self::Milliseconds(1),
            _ => return None,
        })
    }

    /// The beginning of the bin of `size` units in which a local time lies. Nothing where the bin is too wide to count.
    pub(super) fn truncate(self, local: i64, size: i64, first_day: i64) -> Option<i64> {
        Some(match self {
            Self::Months(unit) => {
                let bin = unit.checked_mul(size)?;
                let since = months(&Moment::at(local)) - 2000 * 12;
                let begin = since.div_euclid(bin).checked_mul(bin)?;
                // Beyond the years that dates have, the arithmetic of days need not hold.
                if begin.abs() > 12 * 10_000 {
                    return None;
                }
                first_of_month(begin + 2000 * 12)
            }
            Self::Milliseconds(unit) => {
                let bin = unit.checked_mul(size)?;
                let from = self.reference(first_day);
                (local - from).div_euclid(bin).checked_mul(bin)?.checked_add(from)?
            }
        })
    }

    /// How many boundaries of this unit lie between two local times.
    pub(super) fn difference(self, start: i64, end: i64, first_day: i64) -> i64 {
        let index = |local: i64| match self {
            Self::Months(unit) => months(&Moment::at(local)).div_euclid(unit),
            Self::Milliseconds(unit) => (local - self.reference(first_day)).div_euclid(unit),
        };
        index(end) - index(start)
    }

    /// A local time so many units later; on the month's last day where it has no such day. Nothing where it is out of
    /// all bounds.
    pub(super) fn add(self, local: i64, amount: i64) -> Option<i64> {
        match self {
            Self::Months(unit) => {
                let moment = Moment::at(local);
                let month = months(&moment).checked_add(unit.checked_mul(amount)?)?;
                if !(0..12 * 10_000).contains(&month) {
                    return None;
                }
                let first = first_of_month(month);
                let days = (first_of_month(month + 1) - first) / DAY;
                Some(first + (moment.day.min(days) - 1) * DAY + moment.milliseconds)
            }
            Self::Milliseconds(unit) => local.checked_add(unit.checked_mul(amount)?),
        }
    }

    /// From where bins are counted: for weeks, from the first such day of the week after the reference.
    const fn reference(self, first_day: i64) -> i64 {
        match self {
            Self::Milliseconds(WEEK) => REFERENCE + (first_day - REFERENCE_DAY_OF_WEEK).rem_euclid(7) * DAY,
            _ => REFERENCE,
        }
    }
}

/// The ISO number of a weekday, 1 for Monday, from its English name or the first three letters of it.
pub(super) fn day_of_week(name: &str) -> Option<i64> {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let name = name.to_ascii_lowercase();
    let position = days.iter().position(|day| name == *day || day.get(..3) == Some(&name))?;
    i64::try_from(position).ok().map(|position| position + 1)
}

/// The offset from UTC in milliseconds, of `UTC`, `GMT`, `+02`, `+0200` or `+02:00`.
pub(super) fn offset(zone: &str) -> Option<i64> {
    if zone == "UTC" || zone == "GMT" {
        return Some(0);
    }
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let rest = zone.get(1..)?;
    let (hours, minutes) = match rest.len() {
        2 => (rest, "00"),
        4 => (rest.get(..2)?, rest.get(2..)?),
        5 if rest.get(2..3) == Some(":") => (rest.get(..2)?, rest.get(3..)?),
        _ => return None,
    };
    let digits =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok())?;
    let minutes = digits(minutes).filter(|minutes| *minutes < 60)?;
    Some(sign * (digits(hours)? * 60 + minutes) * 60_000)
}

/// Writes a local time by a format with `%`-specifiers, as `$dateToString` does.
pub(super) fn format(format: &str, local: i64, offset: i64) -> Result<String, DataApiError> {
    let moment = Moment::at(local);
    let mut text = String::with_capacity(format.len() + 16);
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        let Some(specifier) = after.chars().next() else {
            return Err(invalid("the format of $dateToString ends in a single '%'; '%%' writes one"));
        };
        rest = after.get(specifier.len_utf8()..).unwrap_or_default();
        let name = ['%', specifier].iter().collect::<String>();
        let width = match specifier {
            'Y' | 'G' => 4,
            'L' | 'j' => 3,
            'u' | 'w' => 1,
            _ => 2,
        };
        if let Some(part) = moment.part(&name) {
            let _ = write!(text, "{part:0width$}"); // writing to a String cannot fail
        } else if specifier == '%' {
            text.push('%');
        } else if specifier == 'z' {
            let minutes = offset.abs() / 60_000;
            let sign = if offset < 0 { '-' } else { '+' };
            let _ = write!(text, "{sign}{:02}{:02}", minutes / 60, minutes % 60);
        } else {
            return Err(invalid(format!(
                "the embedded engine does not support '%{}' in the format of $dateToString; \
                 %Y %m %d %H %M %S %L %j %w %u %U %V %G %z and %% are",
                specifier.escape_debug()
            )));
        }
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{DAY, Moment, Unit, day_of_week, days_from_civil, format, offset};

    fn local(year: i64, month: i64, day: i64) -> i64 {
        days_from_civil(year, month, day) * DAY
    }

    #[test]
    fn weeks_are_numbered_as_mongodb_numbers_them() {
        // date, week, ISO year, ISO week, day of week from Sunday, ISO day of week, day of year
        for ((year, month, day), parts) in [
            ((2017, 1, 1), [1, 2016, 52, 1, 7, 1]),
            ((2016, 1, 4), [1, 2016, 1, 2, 1, 4]),
            ((2016, 1, 1), [0, 2015, 53, 6, 5, 1]),
            ((2024, 12, 30), [52, 2025, 1, 2, 1, 365]),
            ((2000, 1, 1), [0, 1999, 52, 7, 6, 1]),
            ((2026, 11, 22), [47, 2026, 47, 1, 7, 326]),
        ] {
            let moment = Moment::at(local(year, month, day) + 5);
            let names = ["week", "isoWeekYear", "isoWeek", "dayOfWeek", "isoDayOfWeek", "dayOfYear"];
            assert_eq!(names.map(|name| moment.part(name).unwrap()), parts, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn units_truncate_from_2000() {
        let at = local(2026, 11, 22) + 13 * 3_600_000 + 47 * 60_000; // a Sunday
        for (unit, size, begin) in [
            ("year", 1, local(2026, 1, 1)),
            ("year", 10, local(2020, 1, 1)),
            ("quarter", 1, local(2026, 10, 1)),
            ("month", 1, local(2026, 11, 1)),
            ("week", 1, local(2026, 11, 22)),
            ("week", 2, local(2026, 11, 15)),
            ("day", 1, local(2026, 11, 22)),
            ("hour", 6, local(2026, 11, 22) + 12 * 3_600_000),
            ("minute", 15, local(2026, 11, 22) + (13 * 60 + 45) * 60_000),
        ] {
            assert_eq!(Unit::parse(unit).unwrap().truncate(at, size, 7), Some(begin), "{size} {unit}");
        }
        assert_eq!(Unit::WEEK.truncate(at, 1, 1), Some(local(2026, 11, 16)));
        // Before the reference bins reach back, not towards it.
        assert_eq!(
            Unit::parse("month").unwrap().truncate(local(1999, 12, 31), 5, 7),
            Some(local(1999, 8, 1))
        );
        assert_eq!(Unit::parse("year").unwrap().truncate(at, i64::MAX, 7), None);
    }

    #[test]
    fn differences_count_boundaries_and_sums_stay_in_the_month() {
        let unit = |name| Unit::parse(name).unwrap();
        let (new_years_eve, new_year) = (local(2025, 1, 1) - 1, local(2025, 1, 1));
        for name in ["year", "quarter", "month", "day", "hour", "minute", "second", "millisecond"] {
            assert_eq!(unit(name).difference(new_years_eve, new_year, 7), 1, "{name}");
            assert_eq!(unit(name).difference(new_year, new_years_eve, 7), -1, "{name}");
        }
        assert_eq!(Unit::WEEK.difference(new_years_eve, new_year, 7), 0);
        assert_eq!(Unit::WEEK.difference(new_years_eve, new_year, 3), 1); // a Wednesday
        assert_eq!(unit("month").add(local(2024, 1, 31), 1), Some(local(2024, 2, 29)));
        assert_eq!(unit("year").add(local(2024, 2, 29), 1), Some(local(2025, 2, 28)));
        assert_eq!(unit("quarter").add(local(2024, 3, 31), -1), Some(local(2023, 12, 31)));
        assert_eq!(unit("year").add(local(2024, 2, 29), i64::MAX), None);
        assert_eq!(unit("day").add(local(2024, 2, 29), 1), Some(local(2024, 3, 1)));
    }

    #[test]
    fn zones_are_utc_or_offsets() {
        for (zone, minutes) in [("UTC", 0), ("GMT", 0), ("+02", 120), ("-0530", -330), ("+05:45", 345)] {
            assert_eq!(offset(zone), Some(minutes * 60_000), "{zone}");
        }
        for zone in ["", "+", "+2", "02:00", "+02:0", "+02:60", "+0a", "Europe/Berlin", "Z", "+é0", "é"] {
            assert_eq!(offset(zone), None, "{zone}");
        }
        assert_eq!([day_of_week("Monday"), day_of_week("sun"), day_of_week("so")], [Some(1), Some(7), None]);
    }

    #[test]
    fn formats_are_written() {
        let at = local(987, 2, 3) + 4 * 3_600_000 + 5 * 60_000 + 6 * 1000 + 7;
        assert_eq!(format("%Y-%m-%dT%H:%M:%S.%LZ", at, 0).unwrap(), "0987-02-03T04:05:06.007Z");
        assert_eq!(format("é%j%% %z", at, -5_400_000).unwrap(), "é034% -0130");
        assert!(format("%q", at, 0).unwrap_err().to_string().contains("'%q'"));
        assert!(format("%", at, 0).is_err());
    }
}
