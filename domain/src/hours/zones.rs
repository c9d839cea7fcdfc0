//! A few zones as they were in 2011 and are now, for tests; and looking at a clock every minute, to compare with.

use super::calendar::{DAY, MINUTE, day};
use crate::Millis;

/// Zones, and days on which their clocks are put forward or back, or stay as they are.
pub const TURNS: &[(&str, &[&str])] = &[
    ("Europe/Berlin", &["2026-03-28", "2026-03-29", "2026-10-25", "2026-10-26"]),
    ("America/New_York", &["2026-03-08", "2026-11-01", "2027-03-14"]),
    ("Australia/Lord_Howe", &["2026-04-05", "2026-10-04", "2026-10-05"]),
    ("Asia/Kathmandu", &["2026-03-29"]),
    ("America/Asuncion", &["2023-10-01", "2024-03-23", "2024-03-24"]),
];

const HOUR: i32 = 3600;

/// Seconds ahead of UTC.
pub fn offset(zone: &str, at: Millis) -> Option<i32> {
    let (year, at) = (year(at), at / 1000);
    // The nth Sunday of a month, or the last one; in seconds since 1970.
    let sunday = |month, nth: i64| {
        let first = day(year, month, 1);
        let first = first + (6 - (first + 3).rem_euclid(7));
        let last = day(year, month + 1, 1) - 1;
        let wanted = if nth == 0 { first + (last - first) / 7 * 7 } else { first + (nth - 1) * 7 };
        wanted * 86_400
    };
    let hours = |hours: i64| hours * 3600;
    let ahead = match zone {
        "UTC" => 0,
        "Asia/Kathmandu" => 5 * HOUR + 45 * 60,
        "Europe/Berlin" => {
            let summer = sunday(3, 0) + hours(1)..sunday(10, 0) + hours(1);
            if summer.contains(&at) { 2 * HOUR } else { HOUR }
        }
        "America/New_York" => {
            let summer = sunday(3, 2) + hours(7)..sunday(11, 1) + hours(6);
            if summer.contains(&at) { -4 * HOUR } else { -5 * HOUR }
        }
        "Australia/Lord_Howe" => {
            let winter = sunday(4, 1) - hours(9)..sunday(10, 1) - hours(9) + 1800;
            if winter.contains(&at) { 10 * HOUR + 1800 } else { 11 * HOUR }
        }
        // As it was until 2024: forward and back at midnight.
        "America/Asuncion" => {
            let winter = sunday(3, 4) + hours(3)..sunday(10, 1) + hours(4);
            if winter.contains(&at) { -4 * HOUR } else { -3 * HOUR }
        }
        // It went from one side of the date line to the other, and had no 30th of December.
        "Pacific/Apia" => {
            if at < day(2011, 12, 30) * 86_400 + hours(10) {
                -10 * HOUR
            } else {
                14 * HOUR
            }
        }
        _ => return None,
    };
    Some(ahead)
}

fn year(at: Millis) -> i64 {
    let today = at.div_euclid(DAY);
    let about = 1970 + today.div_euclid(366);
    (about..about + 3).rfind(|year| day(*year, 1, 1) <= today).unwrap_or(about)
}

/// A moment to be read.
pub fn utc(at: Millis) -> String {
    let today = at.div_euclid(DAY);
    let year = year(at);
    let month = (1..=12).rfind(|month| day(year, *month, 1) <= today).unwrap_or(1);
    let minutes = at.rem_euclid(DAY) / MINUTE;
    let of_month = today - day(year, month, 1) + 1;
    format!("{year:04}-{month:02}-{of_month:02} {:02}:{:02}", minutes / 60, minutes % 60)
}

/// What a zone's clock shows at a moment, as if it were UTC.
fn shown(zone: &str, at: Millis) -> Millis {
    at + Millis::from(offset(zone, at).unwrap()) * 1000
}

/// When it shows a time, by looking at it every minute.
pub fn minutes_past(zone: &str, day: i64, minutes: u32) -> Millis {
    let wanted = day * DAY + Millis::from(minutes) * MINUTE;
    let look = (-28 * 60..28 * 60).map(|minute| wanted + minute * MINUTE);
    if let Some(found) = look.clone().find(|at| shown(zone, *at) == wanted) {
        return found;
    }
    // It was put forward: from just before on, the time passes as if it had not been.
    let before = look.rev().find(|at| shown(zone, *at) < wanted).unwrap();
    before + wanted - shown(zone, before)
}
