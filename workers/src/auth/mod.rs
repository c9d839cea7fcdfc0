//! Who is asking, and whether they may: the one place of the edge where requests are authenticated and refused.
//!
//! [`Access`] is what a row of the route table asks for, [`admit`] the layer that holds each request to it. Rights inside
//! of a conversation are asked of its room.

mod caller;
mod client;
pub mod device;
mod guess;
pub mod limit;
pub mod limits;
mod origin;
pub mod refresh;
mod secret;
pub mod session;

pub use caller::{Access, Caller, Member, Visiting, admit, require};
pub use client::Asking;
pub use guess::{guess, in_time};
pub use secret::constant_time_eq;
