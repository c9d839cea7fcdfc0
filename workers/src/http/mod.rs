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
