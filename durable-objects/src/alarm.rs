//! An object's one alarm: set for whatever its schedule says is due next (see `voxora_domain::schedule`), in the same step as
//! the rows it is about.

use std::cell::RefCell;

use voxora_domain::Millis;
use voxora_domain::schedule::{Pace, Run, Schedule};
use wasm_bindgen::prelude::*;
use worker::{State, console_error};

use crate::call::js_message;
use crate::time::now;

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

/// An object's duties, and the alarm that is set for them.
pub struct Alarm<N> {
    schedule: RefCell<Schedule<N>>,
}

impl<N: Copy + Eq> Alarm<N> {
    /// Nothing is to be done yet.
    pub fn new(duties: impl IntoIterator<Item = (N, Pace)>) -> Self {
        Self { schedule: RefCell::new(Schedule::new(duties)) }
    }

    /// Works on the schedule.
    pub fn with<T>(&self, work: impl FnOnce(&mut Schedule<N>, Millis) -> T) -> T {
        work(&mut self.schedule.borrow_mut(), now())
    }

    /// Works on the schedule, and sets the alarm for what is due next then, unless it is set well.
    pub fn set(&self, state: &State, work: impl FnOnce(&mut Schedule<N>, Millis)) {
        self.with(work);
        self.set_for_next(state);
    }

    fn set_for_next(&self, state: &State) {
        let Some(time) = self.with(Schedule::alarm) else { return };
        if let Err(cause) = set(state, time) {
            self.with(|schedule, _| schedule.alarm_ended());
            let line = serde_json::json!({ "level": "error", "step": "set alarm", "cause": cause });
            console_error!("{line}");
        }
    }

    /// A duty has ended. Where it failed, `since` may know for how long it has, beyond what memory does.
    pub fn ended(&self, run: Run<N>, is_done: bool, since: Option<Millis>) {
        self.with(|schedule, now| {
            if is_done {
                schedule.done(run, now);
            } else {
                schedule.failed(run, since, now, js_sys::Math::random());
            }
        });
    }
}
