//! Waiting inside an object or a Worker.
//!
//! Not `worker::Delay`: since the compatibility date 2026-02-10 `setTimeout` gives an object where that expects a number,
//! and panics.

use std::time::Duration;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/timer.js")]
extern "C" {
    #[wasm_bindgen(js_name = sleep)]
    fn sleep_milliseconds(milliseconds: f64) -> Promise;
}

/// Waits. Nothing but the waiting ends when it is dropped: an object does not hibernate before the time has passed.
pub async fn sleep(duration: Duration) {
    // It is never rejected.
    let _ = JsFuture::from(sleep_milliseconds(duration.as_secs_f64() * 1000.0)).await;
}
