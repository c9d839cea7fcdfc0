//! UTC dates: milliseconds since 1970 and the calendar, both ways.
//!
//! A date is a whole number of milliseconds since 1970-01-01T00:00:00Z within the years 0001 to 9999, in the proleptic
//! Gregorian calendar and without leap seconds, as MongoDB has it.

use std::fmt::Write;

/// 0001-01-01T00:00:00.000Z
pub const MIN_MILLIS: i64 = -62_135_596_800_000;
/// 9999-12-31T23:59:59.999Z
pub const MAX_MILLIS: i64 = 253_402_300_799_999;
/// Milliseconds of a day.
pub const DAY_MILLIS: i64 = 86_400_000;

/// The days from 1970-01-01 to a date of the proleptic Gregorian calendar. Months and days beyond their usual range
/// simply go on counting from where they begin.
///
/// The year is taken to begin in March, so that a leap day is its last: `days_from_civil` in Howard Hinnant's
/// "chrono-Compatible Low-Level Date Algorithms".
#[must_use]
pub const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The year, month (1 to 12) and day (1 to 31) that lie so many days after 1970-01-01: `civil_from_days` there.
#[must_use]
pub const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

/// Reads an RFC 3339 moment such as `2026-11-22T20:05:32.125Z` or `…+02:00`, with at most milliseconds. `None` when it
/// is not one, or not within the years 0001 to 9999.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    // Bytes, so that no character beyond ASCII can be cut in two.
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        bytes
            .get(from..to)?
            .iter()
            .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
    };
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
        return None;
    }
    let mut at = 19;
    let mut millis = 0;
    if is(at, b'.') {
        let digits = bytes.iter().skip(20).take_while(|byte| byte.is_ascii_digit()).count();
        let scale = match digits {
            1 => 100,
            2 => 10,
            3 => 1,
            _ => return None,
        };
        millis = number(20, 20 + digits)? * scale;
        at = 20 + digits;
    }
    let offset = match (bytes.get(at)?, bytes.len() - at) {
        (b'Z', 1) => 0,
        (sign @ (b'+' | b'-'), 5 | 6) => {
            let colon = usize::from(is(at + 3, b':'));
            if bytes.len() - at != 5 + colon {
                return None;
            }
            let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 3 + colon, at + 5 + colon)?);
            let minutes = (hours <= 23 && minutes <= 59).then_some(hours * 60 + minutes)?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let days = days_from_civil(year, month, day);
    if civil_from_days(days) != (year, month, day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let moment = days * DAY_MILLIS + ((hour * 60 + minute - offset) * 60 + second) * 1000 + millis;
    (MIN_MILLIS..=MAX_MILLIS).contains(&moment).then_some(moment)
}

/// Writes a moment as RFC 3339 in UTC, with three digits for milliseconds where there are any. For moments from
/// [`MIN_MILLIS`] to [`MAX_MILLIS`].
#[must_use]
pub fn format(millis: i64) -> String {
    let (year, month, day) = civil_from_days(millis.div_euclid(DAY_MILLIS));
    let rest = millis.rem_euclid(DAY_MILLIS);
    let (seconds, millis) = (rest / 1000, rest % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if millis != 0 {
        let _ = write!(text, ".{millis:03}"); // writing to a String cannot fail
    }
    text.push('Z');
    text
}

#[cfg(test)]
mod tests {
    use super::{DAY_MILLIS, MAX_MILLIS, MIN_MILLIS, civil_from_days, days_from_civil, format, parse};

    #[test]
    fn every_day_survives_the_calendar() {
        let (first, last) = (MIN_MILLIS.div_euclid(DAY_MILLIS), MAX_MILLIS.div_euclid(DAY_MILLIS));
        assert_eq!((civil_from_days(first), civil_from_days(last)), ((1, 1, 1), (9999, 12, 31)));
        let mut before = (0, 12, 31);
        for day in first..=last {
            let civil = civil_from_days(day);
            assert_eq!(days_from_civil(civil.0, civil.1, civil.2), day);
            assert!(civil > before, "{civil:?}");
            before = civil;
        }
        assert_eq!(days_from_civil(2024, 14, 1), days_from_civil(2025, 2, 1));
        assert_eq!(days_from_civil(2024, 0, 32), days_from_civil(2024, 1, 1));
    }

    #[test]
    fn moments_are_read_and_written() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2024-02-29T12:30:15.250Z", 1_709_209_815_250),
            ("0001-01-01T00:00:00Z", MIN_MILLIS),
            ("9999-12-31T23:59:59.999Z", MAX_MILLIS),
        ] {
            assert_eq!(parse(text), Some(millis));
            assert_eq!(format(millis), text);
        }
        for (text, same) in [
            ("2026-11-22T20:05:32.5Z", "2026-11-22T20:05:32.500Z"),
            ("2026-11-22T22:05:32+02:00", "2026-11-22T20:05:32Z"),
            ("2026-11-22T15:35:32.000-0430", "2026-11-22T20:05:32Z"),
        ] {
            assert_eq!(parse(text).map(format).as_deref(), Some(same));
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T20:05Z",
            "2026-11-22T20:05:32",
            "2026-11-22 20:05:32Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.1234Z",
            "2026-01-01T00:00:00Z ",
            "2026-01-01T00:00:00+2:00",
            "2026-01-01T00:00:00+02:0",
            "2026-01-01T00:00:00+24:00",
            "0000-12-31T23:59:59Z",
            "0001-01-01T00:00:00+01:00",
            "+2026-01-01T00:00:00Z",
            "２026-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
