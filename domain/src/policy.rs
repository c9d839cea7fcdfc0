//! Policies of queues, as they are kept. Whether the department of an overflow is there is for whoever knows departments.

use std::ops::RangeInclusive;

use crate::text;
use crate::wire::{AutoResolve, FieldError, Policy, ResponseTimes};

/// After how many seconds a conversation may overflow.
const OVERFLOW: RangeInclusive<u32> = 30..=86_400;
/// After how many seconds conversations of somebody who went offline may go back.
const GIVE_BACK: RangeInclusive<u32> = 0..=86_400;
/// How many minutes a response target may have.
const TARGET: RangeInclusive<u32> = 1..=43_200;
/// After how many minutes of silence a conversation may be resolved.
const SILENCE: RangeInclusive<u32> = 5..=129_600;
/// How long a warning may be, in Unicode scalar values.
const WARNING: usize = 500;

/// The policy as it is kept.
///
/// # Errors
/// All that does not fit, each with its JSON pointer from the policy on, and why.
pub fn read(policy: &Policy) -> Result<Policy, Vec<FieldError>> {
    let mut policy = policy.clone();
    let mut errors = Vec::new();
    let mut refuse = |pointer: &str, detail: String| {
        errors.push(FieldError { pointer: pointer.to_owned(), detail });
    };
    let mut within = |pointer: &str, number: u32, range: RangeInclusive<u32>, unit: &str| {
        if !range.contains(&number) {
            refuse(pointer, format!("must be {} to {} {unit}", range.start(), range.end()));
        }
    };

    within("/routing/giveBackAfterSeconds", policy.routing.give_back_after_seconds, GIVE_BACK, "seconds");
    if let Some(overflow) = policy.routing.overflow {
        within("/routing/overflow/afterSeconds", overflow.after_seconds, OVERFLOW, "seconds");
    }
    let targets = &policy.targets;
    for (name, times) in
        [("low", targets.low), ("normal", targets.normal), ("high", targets.high), ("urgent", targets.urgent)]
    {
        let ResponseTimes { first_response, next_response, resolution } = times;
        for (which, minutes) in
            [("firstResponse", first_response), ("nextResponse", next_response), ("resolution", resolution)]
        {
            if let Some(minutes) = minutes {
                within(&format!("/targets/{name}/{which}"), minutes, TARGET, "minutes");
            }
        }
    }
    if let Some(AutoResolve { after_minutes, warning, warn_minutes_before }) = &mut policy.auto_resolve {
        within("/autoResolve/afterMinutes", *after_minutes, SILENCE, "minutes");
        if *warn_minutes_before == 0 || *warn_minutes_before >= *after_minutes {
            let detail = "must be at least 1, and fewer than afterMinutes";
            refuse("/autoResolve/warnMinutesBefore", detail.to_owned());
        }
        if let Some(told) = warning {
            let characters = told.chars().count();
            let clean = text::clean(told.trim()).into_owned();
            if !text::has_something_to_see(&clean) {
                refuse("/autoResolve/warning", "needs at least one visible character".to_owned());
            } else if characters > WARNING {
                let detail = format!("must have 1 to {WARNING} characters; it has {characters}");
                refuse("/autoResolve/warning", detail);
            }
            *told = clean;
        }
    }
    if errors.is_empty() { Ok(policy) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refused(policy: Value) -> Vec<String> {
        let errors = read(&serde_json::from_value(policy).unwrap()).unwrap_err().into_iter();
        errors.map(|FieldError { pointer, detail }| format!("{pointer} {detail}")).collect()
    }

    #[test]
    fn what_fits_is_kept_with_a_clean_warning() {
        assert_eq!(read(&Policy::default()), Ok(Policy::default()));
        let ends = |overflow: u32, give_back: u32, target: u32, silence: u32, warning: &str| {
            json!({
                "routing": {
                    "giveBackAfterSeconds": give_back,
                    "overflow": { "department": "0197a0c0-0000-7000-8000-00000000000a", "afterSeconds": overflow },
                },
                "targets": { "low": { "firstResponse": target, "nextResponse": target, "resolution": target } },
                "autoResolve": { "afterMinutes": silence, "warning": warning, "warnMinutesBefore": silence - 1 },
            })
        };
        for policy in [
            ends(30, 0, 1, 5, "  Still\nthere?\u{202e} "),
            ends(86_400, 86_400, 43_200, 129_600, &"x".repeat(500)),
        ] {
            let read = read(&serde_json::from_value(policy.clone()).unwrap()).unwrap();
            let warning = read.auto_resolve.as_ref().unwrap().warning.clone().unwrap();
            assert_eq!(text::clean(&warning), warning);
            assert_eq!(warning.trim(), warning);
            assert_eq!(super::read(&read), Ok(read), "and stays so");
        }
    }

    #[test]
    fn all_that_does_not_fit_is_named_at_once() {
        assert_eq!(
            refused(json!({
                "routing": {
                    "giveBackAfterSeconds": 86_401,
                    "overflow": { "department": "0197a0c0-0000-7000-8000-00000000000a", "afterSeconds": 29 },
                },
                "targets": { "normal": { "firstResponse": 0 }, "urgent": { "resolution": 43_201 } },
                "autoResolve": { "afterMinutes": 4, "warning": " \u{200b}", "warnMinutesBefore": 4 },
            })),
            [
                "/routing/giveBackAfterSeconds must be 0 to 86400 seconds",
                "/routing/overflow/afterSeconds must be 30 to 86400 seconds",
                "/targets/normal/firstResponse must be 1 to 43200 minutes",
                "/targets/urgent/resolution must be 1 to 43200 minutes",
                "/autoResolve/afterMinutes must be 5 to 129600 minutes",
                "/autoResolve/warnMinutesBefore must be at least 1, and fewer than afterMinutes",
                "/autoResolve/warning needs at least one visible character",
            ]
        );
        assert_eq!(
            refused(json!({
                "autoResolve": { "afterMinutes": 129_601, "warning": "x".repeat(501), "warnMinutesBefore": 0 },
            })),
            [
                "/autoResolve/afterMinutes must be 5 to 129600 minutes",
                "/autoResolve/warnMinutesBefore must be at least 1, and fewer than afterMinutes",
                "/autoResolve/warning must have 1 to 500 characters; it has 501",
            ]
        );
    }
}
