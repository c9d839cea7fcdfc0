//! Business hours, as they are kept: what says when somebody is there says it in one way only. Blocks are in the order of the
//! day, holidays in the order of the year; no two blocks overlap, also over midnight and from Sunday to Monday.
//!
//! `open.rs` tells by them when somebody is there, `calendar.rs` at which moment a clock on the wall shows what.

mod calendar;
mod open;
#[cfg(test)]
mod zones;

use crate::sorted::sort_by;
use crate::wire::{Block, BusinessHours, FieldError, Holiday, Week};
use crate::{fields, text};

pub use calendar::{Offset, moment};
pub use open::{add_business_time, business_time, is_open, next_change};

/// The most blocks a day may have.
pub const BLOCKS: usize = 10;
/// The most holidays.
pub const HOLIDAYS: usize = 100;

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// The hours as they are kept.
///
/// # Errors
/// All that does not fit, each with its JSON pointer from the hours on, and why.
pub fn read(hours: &BusinessHours) -> Result<BusinessHours, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut refuse = |pointer: String, detail: String| errors.push(FieldError { pointer, detail });

    let time_zone = fields::time_zone(&hours.time_zone);
    if let Err(why) = &time_zone {
        refuse("/timeZone".to_owned(), why.clone());
    }
    let mut week = hours.week.clone();
    let mut begun: Vec<Span> = Vec::new();
    for (number, (name, day)) in (0..).zip(days(&mut week)) {
        let place = format!("/week/{name}");
        let spans = read_day(day, &place, &mut refuse).into_iter();
        begun.extend(spans.map(|Span { from, to, place }| Span {
            from: from + number * DAY,
            to: to + number * DAY,
            place,
        }));
    }
    // What goes on into Monday meets the week's first block.
    if let Some(first) = begun.first() {
        let again = Span { from: first.from + 7 * DAY, to: first.to + 7 * DAY, place: first.place.clone() };
        begun.push(again);
    }
    refuse_overlaps(&begun, &mut refuse);

    let mut holidays = hours.holidays.clone();
    if holidays.len() > HOLIDAYS {
        refuse("/holidays".to_owned(), format!("must be at most {HOLIDAYS}; there are {}", holidays.len()));
        holidays.clear();
    }
    for (number, holiday) in holidays.iter_mut().enumerate() {
        let place = format!("/holidays/{number}");
        if !is_date(&holiday.date) {
            refuse(format!("{place}/date"), "must be a day such as 2026-12-24".to_owned());
        } else if hours.holidays.iter().take(number).any(|other| other.date == holiday.date) {
            refuse(format!("{place}/date"), "is that of another holiday".to_owned());
        }
        if let Some(name) = &mut holiday.name {
            match text::name(name) {
                Ok(kept) => *name = kept,
                Err(why) => refuse(format!("{place}/name"), why.to_string()),
            }
        }
        let spans = read_day(&mut holiday.hours, &format!("{place}/hours"), &mut refuse);
        refuse_overlaps(&spans, &mut refuse);
    }
    sort_by(&mut holidays, |one: &Holiday, other| one.date.cmp(&other.date));

    match time_zone {
        Ok(time_zone) if errors.is_empty() => Ok(BusinessHours { time_zone, week, holidays }),
        _ => Err(errors),
    }
}

/// A block in minutes from the beginning of its day, and where it stands.
struct Span {
    from: u32,
    to: u32,
    place: String,
}

const fn days(week: &mut Week) -> [(&'static str, &mut Vec<Block>); 7] {
    [
        ("monday", &mut week.monday),
        ("tuesday", &mut week.tuesday),
        ("wednesday", &mut week.wednesday),
        ("thursday", &mut week.thursday),
        ("friday", &mut week.friday),
        ("saturday", &mut week.saturday),
        ("sunday", &mut week.sunday),
    ]
}

/// Reads the blocks of a day, and puts them into the order of the day.
fn read_day(blocks: &mut Vec<Block>, place: &str, refuse: &mut impl FnMut(String, String)) -> Vec<Span> {
    if blocks.len() > BLOCKS {
        refuse(place.to_owned(), format!("must have at most {BLOCKS} blocks; it has {}", blocks.len()));
        blocks.clear();
    }
    let mut spans = Vec::new();
    for (number, block) in blocks.iter().enumerate() {
        let place = format!("{place}/{number}");
        let (from, to) = (minutes(&block.from).filter(|from| *from < DAY), minutes(&block.to));
        if from.is_none() {
            refuse(format!("{place}/from"), "must be a time such as 09:30".to_owned());
        }
        if to.is_none() {
            refuse(format!("{place}/to"), "must be a time such as 17:30, or 24:00".to_owned());
        }
        let (Some(from), Some(to)) = (from, to) else { continue };
        if from == to {
            refuse(
                format!("{place}/to"),
                "must not be when the block begins; all day is 00:00 to 24:00".to_owned(),
            );
            continue;
        }
        let to = if to < from { to + DAY } else { to };
        spans.push(Span { from, to, place });
    }
    // Times of two digits each are ordered as texts are.
    sort_by(blocks, Ord::cmp);
    sort_by(&mut spans, |one, other| one.from.cmp(&other.from));
    spans
}

/// Of blocks in their order, refuses each that begins before the one before has ended.
fn refuse_overlaps(spans: &[Span], refuse: &mut impl FnMut(String, String)) {
    let mut end = 0;
    for Span { from, to, place } in spans {
        if *from < end {
            refuse(place.clone(), "begins before another block has ended".to_owned());
        }
        end = end.max(*to);
    }
}

/// `09:30` in minutes; 24:00 ends a day.
fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    Some(hours * 60 + minutes).filter(|all| minutes < 60 && *all <= DAY)
}

fn is_date(text: &str) -> bool {
    date(text).is_some()
}

/// Which day a date such as `2026-12-24` is, counted from 1970-01-01.
fn date(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let mut part = |digits| parts.next().and_then(|part| number(part, digits));
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    let is_one = (1..=days).contains(&day) && parts.next().is_none();
    is_one.then(|| calendar::day(year.into(), month.into(), day.into()))
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Hours of which the days and holidays without any need not be named.
    fn hours(mut value: Value) -> BusinessHours {
        let mut week = serde_json::to_value(Week::default()).unwrap();
        week.as_object_mut().unwrap().append(value["week"].as_object_mut().unwrap());
        value["week"] = week;
        let holidays = value.as_object_mut().unwrap().entry("holidays").or_insert(json!([]));
        for holiday in holidays.as_array_mut().unwrap() {
            holiday.as_object_mut().unwrap().entry("hours").or_insert(json!([]));
        }
        serde_json::from_value(value).unwrap()
    }

    fn refused(value: Value) -> Vec<String> {
        let errors = read(&hours(value)).unwrap_err().into_iter();
        errors.map(|FieldError { pointer, detail }| format!("{pointer} {detail}")).collect()
    }

    fn berlin(week: &Value) -> Value {
        json!({ "timeZone": "Europe/Berlin", "week": week })
    }

    #[test]
    fn they_are_kept_in_the_order_of_day_and_year() {
        let read = read(&hours(json!({
            "timeZone": " Europe/Berlin ",
            "week": {
                "monday": [{ "from": "13:00", "to": "17:30" }, { "from": "09:00", "to": "12:00" }],
                "sunday": [{ "from": "00:00", "to": "24:00" }],
            },
            "holidays": [
                { "date": "2026-12-31", "hours": [{ "from": "22:00", "to": "02:00" }] },
                { "date": "2026-12-25", "name": " Christmas " },
            ],
        })));
        assert_eq!(
            serde_json::to_value(read.unwrap()).unwrap(),
            json!({
                "timeZone": "Europe/Berlin",
                "week": {
                    "monday": [{ "from": "09:00", "to": "12:00" }, { "from": "13:00", "to": "17:30" }],
                    "tuesday": [], "wednesday": [], "thursday": [], "friday": [], "saturday": [],
                    "sunday": [{ "from": "00:00", "to": "24:00" }],
                },
                "holidays": [
                    { "date": "2026-12-25", "name": "Christmas", "hours": [] },
                    { "date": "2026-12-31", "hours": [{ "from": "22:00", "to": "02:00" }] },
                ],
            })
        );
    }

    #[test]
    fn blocks_do_not_overlap_also_over_midnight_and_from_sunday_to_monday() {
        let night = json!([{ "from": "22:00", "to": "06:00" }]);
        let begins_at = |time: &str| json!([{ "from": time, "to": "12:00" }]);
        let said = "begins before another block has ended";
        assert!(read(&hours(berlin(&json!({ "monday": night, "tuesday": begins_at("06:00") })))).is_ok());
        assert_eq!(
            refused(berlin(&json!({ "monday": night, "tuesday": begins_at("05:59") }))),
            [format!("/week/tuesday/0 {said}")]
        );
        assert_eq!(
            refused(berlin(&json!({ "sunday": night, "monday": begins_at("05:00") }))),
            [format!("/week/monday/0 {said}")]
        );
        assert!(read(&hours(berlin(&json!({ "sunday": night, "monday": begins_at("06:00") })))).is_ok());
        let one_in_the_other =
            json!({ "friday": [{ "from": "09:00", "to": "17:00" }, { "from": "10:00", "to": "11:00" }] });
        assert_eq!(refused(berlin(&one_in_the_other)), [format!("/week/friday/1 {said}")]);
        let all_week = json!([{ "from": "18:00", "to": "17:59" }]);
        assert!(
            read(&hours(berlin(&json!({ "monday": all_week })))).is_ok(),
            "a block alone does not meet itself"
        );
    }

    #[test]
    fn all_that_does_not_fit_is_named_at_once() {
        let bad = json!({
            "timeZone": "Mars/Olympus",
            "week": { "tuesday": [
                { "from": "9:00", "to": "25:00" }, { "from": "24:00", "to": "24:00" }, { "from": "10:00", "to": "10:00" },
            ] },
            "holidays": [
                { "date": "2026-02-29", "name": "\n" }, { "date": "2028-02-29" }, { "date": "2028-02-29" },
                { "date": "2026-1-1" }, { "date": "2026-13-01" }, { "date": "2026-01-01-01" },
            ],
        });
        let day = "must be a day such as 2026-12-24";
        assert_eq!(
            refused(bad),
            [
                "/timeZone must be a time zone such as Europe/Berlin".to_owned(),
                "/week/tuesday/0/from must be a time such as 09:30".to_owned(),
                "/week/tuesday/0/to must be a time such as 17:30, or 24:00".to_owned(),
                "/week/tuesday/1/from must be a time such as 09:30".to_owned(),
                "/week/tuesday/2/to must not be when the block begins; all day is 00:00 to 24:00".to_owned(),
                format!("/holidays/0/date {day}"),
                "/holidays/0/name needs at least one visible character".to_owned(),
                "/holidays/2/date is that of another holiday".to_owned(),
                format!("/holidays/3/date {day}"),
                format!("/holidays/4/date {day}"),
                format!("/holidays/5/date {day}"),
            ]
        );
        let block = json!({ "from": "00:00", "to": "00:01" });
        assert_eq!(
            refused(berlin(&json!({ "monday": vec![block; 11] }))),
            ["/week/monday must have at most 10 blocks; it has 11"]
        );
        let many: Vec<Value> = (0..101).map(|_| json!({ "date": "2026-01-01" })).collect();
        assert_eq!(
            refused(json!({ "timeZone": "UTC", "week": {}, "holidays": many })),
            ["/holidays must be at most 100; there are 101"]
        );
    }
}
