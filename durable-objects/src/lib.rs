//! The Durable Objects: thin shells that give domain logic a SQLite, sockets and an alarm.
//!
//! | object | named | wakes for | holds |
//! |---|---|---|---|
//! | [`room::Room`] | conversation id | REST by [`room::get`] and its kin, sockets, its alarm | a conversation's log |
//! | [`inbox::Inbox`] | `team` | summaries and backlogs from rooms, sockets | the feed of what changed; who is behind the document store |
//! | [`sessions::Sessions`] | user id | agents' requests and sockets, ends of sessions, its alarm | which sessions have ended, where sockets are |
//! | [`jobs::Jobs`] | kind of jobs | jobs by [`jobs::enqueue`], its alarm | a durable queue with its dead letters |
//! | [`limiter::Limiter`] | keyed hash of an account, network or visitor | the edge, its alarm | exact limits |
//! | [`collection::Collection`] | collection name | documents by [`documents::Documents`] | one MongoDB collection, embedded |
//!
//! Rules kept here: between reading state and writing it there is no await; no `RefCell` borrow lives over one; every
//! handler that the runtime may call is exported, and no other; none returns an error that the runtime would only log.

// The attribute `durable_object` writes undocumented glue beside each object.
#![allow(missing_docs)]

mod alarm;
pub mod cache;
pub mod call;
pub mod collection;
pub mod documents;
mod fetch;
mod hub;
pub mod inbox;
pub mod jobs;
pub mod keys;
pub mod limiter;
pub mod mail;
mod outbox;
pub mod room;
pub mod sessions;
mod sockets;
mod sql;
pub mod time;
mod work;
