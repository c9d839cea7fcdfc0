//! The clock of an object or a Worker, and waiting in it.
//!
//! Waiting is not by `worker::Delay`: since the compatibility date 2026-02-10 `setTimeout` gives an object where that expects a number,
//! and panics.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use js_sys::Promise;
use voxora_domain::Millis;
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/time.js")]
extern "C" {
    // The one function of this file: for two that need no glue wasm-bindgen names the file twice, and esbuild warns of it.
    fn start(milliseconds: f64) -> Timer;
}

#[wasm_bindgen(module = "/src/zone.js")]
extern "C" {
    fn ahead(zone: &str, at: f64) -> f64;
}

// Not in the first block above: that would have JavaScript import a class of this name.
#[wasm_bindgen]
extern "C" {
    /// What `start` gives.
    type Timer;

    #[wasm_bindgen(method, getter)]
    fn elapsed(this: &Timer) -> Promise;

    #[wasm_bindgen(method)]
    fn cancel(this: &Timer);
}

/// Milliseconds since 1970. The time stands still between two waits for something outside.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "milliseconds since 1970 stay far below 2^53")]
pub fn now() -> Millis {
    // Not by `worker::Date`, which makes an object each time; every frame asks a few times.
    js_sys::Date::now() as Millis
}

/// How many seconds the clocks of a zone are ahead of UTC at a moment, by the runtime; nothing for a zone that it does not know.
#[must_use]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "seconds of less than two days; milliseconds since 1970 stay far below 2^53"
)]
pub fn zone_offset(zone: &str, at: Millis) -> Option<i32> {
    let seconds = ahead(zone, at as f64);
    if seconds.is_finite() { Some(seconds as i32) } else { None }
}

/// Ends the timer with the wait for it: an object does not hibernate while one runs.
struct Running(Timer);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Waits. Dropping it ends the wait.
pub async fn sleep(duration: Duration) {
    let running = Running(start(duration.as_secs_f64() * 1000.0));
    // It is never rejected.
    let _ = JsFuture::from(running.0.elapsed()).await;
}

/// What a future gives, unless it takes longer. It is dropped then.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(sleep(limit))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
