//! An object's one alarm.

use voxora_domain::Millis;
use wasm_bindgen::prelude::*;
use worker::State;

use crate::call::js_message;

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
