//! The edge: where every request enters, who is asking, and the REST routes.
//!
//! Stateless. A request is given an id ([`answer`]), held to its row of the route table ([`routes`]), answered by a handler
//! that reads as its story (load, decide, write, answer), and logged as one line of JSON. All failures leave as RFC 9457
//! problem documents.
//!
//! It is a library, so that the table can be read and the edge tested natively. `workers/program` makes of it what
//! Cloudflare runs: cargo optimises across crates only where a crate is nothing but the program.

// What is public is so for the program and for tests; the documentation is in each module's head.
#![allow(missing_docs, clippy::missing_errors_doc)]

mod app;
pub mod auth;
mod config;
mod error;
mod http;
mod observe;
#[cfg(test)]
mod openapi;
mod policies;
pub mod routes;

pub use observe::answer;
