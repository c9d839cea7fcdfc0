//! What a conversation, a person and an inbox *are*, and the rules they keep.
//!
//! Pure Rust: no Worker, no HTTP, no clock and no randomness of its own. Time comes in as
//! [`Millis`], storage through the [`sql`] port. The same code therefore runs inside a Durable Object and,
//! natively, under property tests with a fake clock and a real SQLite.

pub mod access;
pub mod directory;
pub mod fields;
pub mod hours;
pub mod id;
pub mod inbox;
pub mod jobs;
pub mod json;
pub mod limiter;
pub mod limits;
pub mod policy;
pub mod room;
pub mod routing;
pub mod schedule;
pub mod sessions;
pub mod sockets;
pub mod sorted;
pub mod sql;
pub mod text;
pub mod user_agent;
pub mod wire;

/// A moment: milliseconds since the Unix epoch, UTC.
pub type Millis = i64;
