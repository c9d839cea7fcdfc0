//! What handlers take from a request and give back, checked once and the same for every route: JSON bodies, parameters,
//! pages of lists, WebSocket upgrades, and the conditions of requests that are repeated. `docs/API.md`, "Conventions",
//! says it to those who call.

pub mod collection;
pub mod conditional;
pub mod extract;
pub mod json;
pub mod page;
pub mod params;
pub mod upgrade;

use std::pin::Pin;

/// A future that is a function of its own in WebAssembly. Whatever is awaited becomes part of whoever awaits it, and V8 compiles
/// a function whole when it is first called, for all that it may come to: what most requests pass by is set apart.
pub fn apart<'a, T>(future: impl Future<Output = T> + 'a) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    Box::pin(future)
}
