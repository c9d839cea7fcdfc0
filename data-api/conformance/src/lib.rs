//! What every engine of the Data API must do, written once and asked of each of them.
//!
//! MongoDB's documented behaviour is the measure. [`cases`] are hand-written examples of it, [`Endpoint`] is an engine
//! that takes `POST /action/<name>`, and [`run()`] asks it all of them. Where an engine differs, the case says what it
//! does instead and why; [`differences()`] makes the list of these that `docs/CONFORMANCE.md` shows. The tests of this
//! crate run the cases, compare engines on random documents and queries, and feed them malformed input.

// A test harness fails by panicking, with a message that says what was expected and what came. It is no Worker code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::missing_panics_doc)]

mod case;
mod differences;
mod ejson;
mod endpoint;
mod gateway;
mod run;

pub use case::{Case, Engine, cases};
pub use differences::differences;
pub use ejson::same;
pub use endpoint::{Embedded, Endpoint, Http, Reply, body};
pub use gateway::Gateway;
pub use run::{Failure, answers_alike, run};

/// The namespace of all requests.
pub const DATA_SOURCE: &str = "voxora";
/// The database of all requests.
pub const DATABASE: &str = "conformance";
