//! An object's one alarm: set for the earliest of what is due, in the same step as the rows it is about.

use std::cell::Cell;

use voxora_domain::Millis;
use wasm_bindgen::prelude::*;
use worker::{State, console_error};

use crate::call::js_message;
use crate::time::now;

/// An alarm that should have gone off longer ago than this, in milliseconds, was lost.
const LOST: Millis = 60_000;

/// Sets the alarm, in place of the one that is set, in the same step as the rows it is about, so that a kill takes both or
/// neither. Its promise is not waited for: like theirs, its write is on disk before anything leaves the object.
///
/// # Errors
/// What the runtime says.
pub fn set(state: &State, time: Millis) -> Result<(), String> {
    #[allow(clippy::cast_precision_loss)] // milliseconds since 1970 are far below 2^53
    let date = js_sys::Date::new(&(time as f64).into());
    let set = state.storage().as_raw().set_alarm(date, JsValue::NULL.unchecked_into());
    set.map(drop).map_err(|error| js_message(&error))
}

/// When an object's alarm is set to go off, as far as is known: a loss of memory forgets it, the platform does not.
#[derive(Default)]
pub struct Alarm {
    at: Cell<Option<Millis>>,
}

impl Alarm {
    /// Sets the alarm, unless it is set to go off earlier, so that a kill takes both it and the rows written before it, or
    /// neither. Its promise is not waited for: like theirs, its write is on disk before anything leaves the object.
    pub fn wake_at(&self, state: &State, time: Millis) {
        if self.at.get().is_some_and(|set| set <= time && set > now() - LOST) {
            return;
        }
        // Never the time of an alarm that is going off just now: the runtime would take it for that one.
        let time = time.max(now() + 1);
        match set(state, time) {
            Ok(()) => self.at.set(Some(time)),
            Err(cause) => {
                console_error!(
                    "{}",
                    serde_json::json!({ "level": "error", "step": "set alarm", "cause": cause })
                );
            }
        }
    }

    /// The alarm is going off: whatever happens until [`Self::done`] need not set it.
    pub fn is_going_off(&self) {
        self.at.set(Some(now()));
    }

    /// What the alarm was for is done; the next one can be set.
    pub fn done(&self) {
        self.at.set(None);
    }
}
